"""Publishing ten million rows, and again after a new day, against a bare `copy to` of the rows that changed.

The copy is to one file and to a release's files, one for each year, which take longer: a new day costs its year then.
The last figure counts what any copy costs that survives a power cut: opening the draft, and flushing the files to disk.
"""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter

import duckdb

from orchestration.build.changed_days import Basis, in_all, months
from orchestration.build.state import MartsState, Note
from orchestration.durable import flush
from orchestration.release.publish import publish

ROWS = 10_000_000
FIRST, LAST = date(2010, 1, 1), date(2024, 12, 29)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for label, last, changed in (("all of it", LAST, FIRST), ("a new day", date(2024, 12, 30), date(2024, 1, 1))):
            draft = _draft(folder / "building", last)
            years = _years(changed, last)
            one_file, same_files = (_bare(draft, folder, spans)[0] for spans in ([(changed, last)], years))
            durable = _bare(draft, folder, years)[1]
            started = perf_counter()
            publish(draft, folder / "published", NOW, "bench", "sample")
            whole = perf_counter() - started
            print(
                f"  {label}: publish {whole:6.2f} s; bare copy to one file {one_file:6.2f} s, {whole / one_file:5.2f} x"
                f"; to the same files {same_files:6.2f} s, {whole / same_files:5.2f} x"
                f"; opened and flushed, too {durable:6.2f} s, {whole / durable:5.2f} x"
            )


def _draft(folder: Path, last: date) -> Path:
    """A closed draft with its notes; the rows of a day are the same in each."""
    folder.mkdir(exist_ok=True)
    draft = folder / "crypto_market.duckdb"
    a_day = ROWS // ((LAST - FIRST).days + 1)
    with duckdb.connect(str(draft)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.fct_rows as select i as id, day::date as trade_date, "
            "(hash(i, day) % 10000000 / 100)::decimal(18,8) as close_usd, 'A' || i % 200 as asset "
            f"from range(timestamp '{FIRST}', timestamp '{last}' + interval 1 day, interval 1 day) as days(day), "
            f"range({a_day}) as numbers(i)"
        )
        rows = months(connection, "marts.fct_rows", "trade_date")
        connection.execute("checkpoint")
    basis = Basis("", NOW.isoformat(), {}, rows, "trade_date")
    MartsState("bench", {"model.bench.fct_rows": Note("", in_all(rows), basis=basis.text)}).save(folder)
    return draft


def _years(first: date, last: date) -> list[tuple[date, date]]:
    return [(date(year, 1, 1), date(year, 12, 31)) for year in range(first.year, last.year + 1)]


def _bare(draft: Path, folder: Path, files: list[tuple[date, date]]) -> tuple[float, float]:
    """Seconds of DuckDB alone to write a file for each of the spans of days; and with the draft opened and the files
    flushed to disk.
    """
    opened = perf_counter()
    with duckdb.connect(str(draft), read_only=True) as connection:
        started = perf_counter()
        for first, last in files:
            rows = f"from marts.fct_rows where trade_date between date '{first}' and date '{last}'"
            connection.execute(f"copy ({rows}) to '{folder}/{first}.parquet' (format parquet, compression zstd)")
        copied = perf_counter()
    for path in (*(folder / f"{first}.parquet" for first, _ in files), folder):
        flush(path)
    return copied - started, perf_counter() - opened
