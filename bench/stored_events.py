"""What one more day of events costs beside those that are stored: its load must not grow with them.

The raw table is filled by SQL with days of 100,000 events. Beside each number of stored events three days are loaded,
each of them twice: as a new day, and read again by another response, where every event is compared with the stored
ones. The medians are printed, by the clock and by the processor. 250 million events take 10 GB of disk.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from bench.made_up_events import EVENTS, EVENTS_PER_DAY, FIRST_DAY, NOW, events_of, store_day
from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare

DAYS_AT_ONCE = 100
TURNS = 3

Took = tuple[float, float]
"""Wall-clock and processor seconds."""


def main(sizes: Sequence[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        file, landing = Path(name) / "warehouse.duckdb", Landing(Path(name) / "landing")
        # The first load of a process imports what loading needs.
        _load(Path(name) / "other.duckdb", landing, _day(landing, FIRST_DAY), EVENTS_PER_DAY)
        day = FIRST_DAY
        for size in sorted(sizes):
            until = FIRST_DAY + size // EVENTS_PER_DAY * timedelta(days=1)
            _fill(file, day, until)
            day = max(day, until)
            new, again = [], []
            for _ in range(TURNS):
                stored = _day(landing, day)
                later = replace(stored, response_id="again", observed_at=stored.observed_at + timedelta(hours=1))
                new.append(_load(file, landing, stored, EVENTS_PER_DAY))
                again.append(_load(file, landing, later, 0))
                day += timedelta(days=1)
            print(f"  {size:>11,} stored   a new day {_medians(new)}   read again {_medians(again)}")


def _medians(loads: Sequence[Took]) -> str:
    took, worked = (median(seconds) for seconds in zip(*loads, strict=True))
    return f"{took:.2f} s, {worked:.2f} s CPU"


def _fill(file: Path, day: datetime, until: datetime) -> None:
    """Store the days from `day` to `until`, as if each had been loaded when it ended."""
    with connect(file) as connection:
        prepare(connection, [EVENTS])
        while day < until:
            days = min(DAYS_AT_ONCE, (until - day).days)
            ends = "make_timestamp((time // 86400000 + 1) * 86400000000)"
            connection.execute(
                f"insert into raw.{EVENTS.table} select 'COINUSD_PERP', *, {ends}, 'of ' || {ends} "
                f"from ({events_of(day, EVENTS_PER_DAY, days)})"
            )
            day += timedelta(days=days)


def _day(landing: Landing, day: datetime) -> StoredResponse:
    return store_day(landing, day, EVENTS_PER_DAY, NOW + (day - FIRST_DAY))


def _load(file: Path, landing: Landing, stored: StoredResponse, new: int) -> Took:
    """What a load of so many new events takes in a file that is opened anew, as each run does."""
    started, worked = perf_counter(), process_time()
    with connect(file) as connection:
        prepare(connection, [EVENTS])
        loaded = load(connection, EVENTS, [stored], landing.folder)
    took = (perf_counter() - started, process_time() - worked)
    assert loaded.rows_new == new, f"{loaded.rows_new} of {new} events were new"
    return took
