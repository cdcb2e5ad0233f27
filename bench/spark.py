"""DuckDB and Spark side by side: made-up events, Parquet files of a million each, to sums of days, both by one SQL.

Spark runs it as the lake's builds do, translated, on a master with two workers of one core each on this machine, and
must yield DuckDB's sums to the last digit. Processor seconds and memory are those of all its processes, their start
included: a cluster that runs already saves about ten of them.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import duckdb

from bench.spark_cluster import spark_cluster

FILE_EVENTS = 1_000_000
EVENTS = """
    select ['BTC', 'ETH', 'SOL', 'XRP', 'BNB'][1 + (hash(i) % 5)::bigint] as asset,
        timestamp '2025-01-01' + to_microseconds(i * 86400000000 // 277777) as event_at,
        if(hash(i, 1) % 2 = 0, 'long', 'short') as side,
        ((1 + hash(i, 2) % 50000) / 1000)::decimal(28, 10) as quantity,
        (60000 + hash(i, 3) % 100000 / 100)::decimal(18, 8) as price_usd
    from range({first}, {last}) as numbers (i)
"""
DAYS = """
    select asset, cast(event_at as date) as trade_date, side, count(*) as event_count,
        cast(sum(cast(round(quantity * price_usd, 2) as decimal(18, 2))) as decimal(28, 2)) as value_usd,
        max(price_usd) as high_usd
    from raw.events group by all
"""
COLUMNS = {
    "asset": "VARCHAR",
    "event_at": "TIMESTAMP",
    "side": "VARCHAR",
    "quantity": "DECIMAL(28,10)",
    "price_usd": "DECIMAL(18,8)",
}


@dataclass(frozen=True)
class Measured:
    """What one engine took. `sums` is a digest of the result."""

    seconds: float
    processor_seconds: float
    peak_mb: float
    sums: str


def compare(sizes: list[int]) -> None:
    """Print both engines at each number of events."""
    for events in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _make(folder / "events", events)
            found = {engine: _measured(engine, folder) for engine in ("duckdb", "spark")}
        is_equal = len({one.sums for one in found.values()}) == 1
        print(f"  {events:,} events to days; the sums are {'equal' if is_equal else 'NOT EQUAL'}")
        for engine, one in found.items():
            times = one.processor_seconds / found["duckdb"].processor_seconds
            print(
                f"    {engine:<7} {one.seconds:7.1f} s  {one.processor_seconds:7.1f} processor s ({times:4.1f} x)   "
                f"peak {one.peak_mb:,.0f} MB"
            )


def _make(folder: Path, events: int) -> None:
    folder.mkdir()
    with duckdb.connect() as connection:
        for first in range(0, events, FILE_EVENTS):
            query = EVENTS.format(first=first, last=min(first + FILE_EVENTS, events))
            connection.execute(f"copy ({query}) to '{folder / str(first)}.parquet'")


def _measured(engine: str, folder: Path) -> Measured:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", "bench.spark", engine, str(folder)]
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return Measured(**json.loads(finished.stdout.splitlines()[-1]))


def measure_duckdb(folder: Path) -> Measured:
    started = perf_counter()
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.execute(f"create schema raw; create view raw.events as from '{folder}/events/*.parquet'")
        connection.execute(f"copy ({DAYS}) to '{folder}/duckdb.parquet'")
    return _of_processes(started, f"{folder}/duckdb.parquet")


def measure_spark(folder: Path) -> Measured:
    from orchestration.lake.spark.cluster import Cluster
    from orchestration.lake.spark.translate import translate

    started = perf_counter()
    (folder / "cluster").mkdir()
    with spark_cluster(folder / "cluster") as running:
        os.environ.update(running.variables)
        cluster = Cluster(running.address, f"{folder}/made/")
        files = sorted(str(path) for path in (folder / "events").iterdir())
        cluster.read("raw__events", files, COLUMNS)
        made = cluster.write("days", translate(DAYS, {"raw__events": COLUMNS}))
        measured = _of_processes(started, f"{made}/*.parquet")
        cluster.close()
    return measured


def _of_processes(started: float, result: str) -> Measured:
    """What this process and its descendants took, and the digest of what they wrote."""
    seconds = perf_counter() - started
    ticks = os.sysconf("SC_CLK_TCK")
    used = peak = 0.0
    for process in _with_descendants(os.getpid()):
        used += sum(map(int, Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13])) / ticks
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        peak += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    digest = duckdb.execute(f"select count(*) || ' ' || sum(hash(d)::hugeint) from '{result}' as d").fetchall()[0][0]
    return Measured(seconds, used, peak, digest)


def _with_descendants(process: int) -> Iterator[int]:
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _with_descendants(int(child))


if __name__ == "__main__":
    print(json.dumps(asdict({"duckdb": measure_duckdb, "spark": measure_spark}[sys.argv[1]](Path(sys.argv[2])))))
