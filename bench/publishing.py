"""Publishing ten million rows, and again after a new day, against a bare `copy to` of the rows that changed."""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter

import duckdb

from orchestration.build.changed_days import Basis, in_all, months
from orchestration.build.state import MartsState, Note
from orchestration.release.publish import publish

ROWS = 10_000_000
FIRST, LAST = date(2010, 1, 1), date(2024, 12, 29)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for label, last, changed in (("all of it", LAST, FIRST), ("a new day", date(2024, 12, 30), date(2024, 1, 1))):
            draft = _draft(folder / "building", last)
            bare = _bare(draft, folder / "bare.parquet", changed)
            started = perf_counter()
            publish(draft, folder / "published", NOW, "bench", "sample")
            whole = perf_counter() - started
            print(
                f"  {label}: bare copy of the files' rows {bare:6.2f} s, publish {whole:6.2f} s  {whole / bare:5.2f} x"
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


def _bare(draft: Path, file: Path, first: date) -> float:
    """Seconds of DuckDB alone to write the rows from the day `first` on."""
    with duckdb.connect(str(draft), read_only=True) as connection:
        rows = f"from marts.fct_rows where trade_date >= date '{first}'"
        started = perf_counter()
        connection.execute(f"copy ({rows}) to '{file}' (format parquet, compression zstd)")
        return perf_counter() - started
