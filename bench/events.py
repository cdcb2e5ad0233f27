"""Liquidation events as zipped files of days into versions and up to daily sums, against bare DuckDB on the same files.

The files have the shape of Binance's archive: a line an event, every field a part of its key. The reference unzips
them, reads them with one `read_csv`, casts the same columns, writes them into a fresh DuckDB file and adds up days; it
keeps no responses, checksums, versions or rejects, and takes no line for a repetition. At least 60 % of its
rate is the aim, below 3 GB at 50 million events (`python -m bench events --events 50000000`), at 5 times the history
no slower per event. `--stored 10000000,250000000` times a day's load beside so many stored events instead
(`bench.stored_events`).

Memory is the peak of the resident set of a process that does one thing; so each measurement is a process of its own.
"""

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time

import duckdb

from bench import stored_events
from bench.made_up_events import COLUMNS, EVENTS, EVENTS_PER_DAY, FIRST_DAY, NOW, store_day
from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.sources.binance_archive import PROVIDER
from orchestration.sources.shared.contract import ZippedCsv

DEFAULT_EVENTS = 2_000_000
TIMES_THE_HISTORY = 5


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench events")
    parser.add_argument("--events", type=int, default=DEFAULT_EVENTS, help="how many; 50000000 is the full size")
    parser.add_argument("--stored", help="time a day's load beside so many stored events, such as 10000000,250000000")
    wanted = parser.parse_args(arguments or [])
    if wanted.stored:
        stored_events.main([int(size) for size in wanted.stored.split(",")])
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = make_files(Landing(folder / "landing"), wanted.events)
        print(f"  {wanted.events:,} events in {count} files, loaded in {TIMES_THE_HISTORY} parts")
        bare, ours = _measured("bare", folder), _measured("warehouse", folder)
    for label, measured in (("bare DuckDB", bare), ("warehouse", ours)):
        took = sum(measured.parts) + measured.to_days
        share = (sum(bare.parts) + bare.to_days) / took
        by_work = bare.processor / measured.processor
        print(
            f"  {label:<12} {took:7.2f} s  {wanted.events / took:>10,.0f} rows/s  {share:5.0%} of bare, "
            f"{by_work:.0%} by processor time   to days {measured.to_days:5.2f} s   peak {measured.peak_mb:,.0f} MB"
        )
    print(
        f"  a part's seconds, first to last: bare {_listed(bare.parts)}, warehouse {_listed(ours.parts)}: at "
        f"{TIMES_THE_HISTORY} times the history {ours.parts[-1] / ours.parts[0]:.2f} x"
    )


@dataclass(frozen=True)
class Measured:
    """Seconds of each part's load and of all days' sums, the processor's of all, the peak of memory, and the events."""

    parts: list[float]
    to_days: float
    processor: float
    peak_mb: float
    event_count: int


def _measured(what: str, folder: Path) -> Measured:
    """One measurement in a process of its own."""
    finished = subprocess.run(
        [sys.executable, "-m", "bench.events", what, str(folder)], capture_output=True, text=True, check=True
    )
    return Measured(**json.loads(finished.stdout))


def _listed(seconds: list[float]) -> str:
    return " ".join(f"{part:.2f}" for part in seconds)


def make_files(landing: Landing, events: int) -> int:
    """Days of events, a file each, of up to 100,000 events; returns the number of files."""
    rows = min(EVENTS_PER_DAY, events // TIMES_THE_HISTORY)
    count = events // rows
    for number in range(count):
        store_day(landing, FIRST_DAY + number * timedelta(days=1), rows, NOW + timedelta(seconds=number))
    return count


def _parts(folder: Path) -> list[list[StoredResponse]]:
    responses = list(Landing(folder / "landing").all(PROVIDER.name, EVENTS.name))
    size = -(-len(responses) // TIMES_THE_HISTORY)
    return [responses[first : first + size] for first in range(0, len(responses), size)]


def measure_warehouse(folder: Path) -> Measured:
    """The parts one after the other through the loader, then every day's sum from the raw table."""
    seconds, began = [], process_time()
    with connect(folder / "warehouse.duckdb") as connection:
        prepare(connection, [EVENTS])
        for part in _parts(folder):
            started = perf_counter()
            load(connection, EVENTS, part, folder / "landing")
            seconds.append(perf_counter() - started)
        return _with_days(connection, f"raw.{EVENTS.table}", seconds, began)


def measure_bare(folder: Path) -> Measured:
    """The parts one after the other in bare DuckDB."""
    assert isinstance(EVENTS.read, ZippedCsv)
    fields = EVENTS.read.fields
    casts = ", ".join(f"c{position}::{COLUMNS[column]} as {column}" for column, position in fields.items())
    names = ", ".join(f"c{position}: 'varchar'" for position in range(EVENTS.read.width))
    columns = ", ".join(f"{column} {COLUMNS[column]}" for column in fields)
    seconds, began = [], process_time()
    with duckdb.connect(str(folder / "bare.duckdb")) as connection:
        connection.execute(f"create table events ({columns}, filename varchar)")
        for part in _parts(folder):
            started = perf_counter()
            with tempfile.TemporaryDirectory() as name:
                for stored in part:
                    with zipfile.ZipFile(io.BytesIO(stored.response.body)) as archive:
                        archive.extractall(name)
                connection.execute(
                    f"insert into events select {casts}, filename from read_csv(?, header = true, "
                    f"auto_detect = false, columns = {{{names}}}, filename = true)",
                    [f"{name}/*.csv"],
                )
            seconds.append(perf_counter() - started)
        return _with_days(connection, "events", seconds, began)


def _with_days(connection: duckdb.DuckDBPyConnection, table: str, seconds: list[float], began: float) -> Measured:
    started = perf_counter()
    connection.execute(
        f"create table days as select make_timestamp(time * 1000)::date as trade_date, side, count(*) as event_count, "
        f"sum(accumulated_fill_quantity * 100) as value_usd from {table} group by all"
    )
    took, worked = perf_counter() - started, process_time() - began
    counted = connection.execute("select sum(event_count) from days").fetchone()
    assert counted is not None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(seconds, took, worked, peak, int(counted[0]))


if __name__ == "__main__":
    measure = {"bare": measure_bare, "warehouse": measure_warehouse}[sys.argv[1]]
    print(json.dumps(asdict(measure(Path(sys.argv[2])))))
