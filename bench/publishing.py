"""Publishing ten million rows: the flip alone, and with Parquet, against a bare `copy to` of the same table."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import duckdb

from orchestration.release.publish import publish

ROWS = 10_000_000


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draft = folder / "draft.duckdb"
        with duckdb.connect(str(draft)) as connection:
            connection.execute("create schema marts")
            connection.execute(
                "create table marts.fct_rows as select i as id, date '2010-01-01' + (i % 5475)::int as trade_date, "
                f"(random() * 1e5)::decimal(18,8) as close_usd, 'A' || i % 200 as asset from range({ROWS}) as t(i)"
            )
        with duckdb.connect(str(draft), read_only=True) as connection:
            started = perf_counter()
            connection.execute(f"copy marts.fct_rows to '{folder / 'bare.parquet'}' (format parquet, compression zstd)")
            bare = perf_counter() - started
        started = perf_counter()
        publish(draft, folder / "published", datetime(2026, 1, 1, tzinfo=UTC), "bench", "sample")
        whole = perf_counter() - started
        print(f"  bare copy to Parquet {bare:6.2f} s")
        print(f"  publish, all of it   {whole:6.2f} s  {whole / bare:5.2f} x bare")
