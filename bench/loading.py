"""Pages of klines into versions: 1,000 stored pages of 1,000 rows, against bare `read_json` and insert.

The reference reads the same compressed files, casts the same columns and writes them into a fresh DuckDB file; it
keeps no responses, versions or rejects. The first load is that of pages just fetched, which were verified then; the
second reads stored pages, which are verified again. Each is run three times in turn; the medians are compared.
"""

import json
import random
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import duckdb

from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.sources.binance import DATASETS
from orchestration.sources.shared.contract import ArrayRows, Dataset, Request

PAGES = 1_000
ROWS = 1_000
PAGES_PER_SYMBOL = 50
HOUR_MS = 3_600_000
FIRST_OPEN_MS = 1_502_942_400_000
HOURLY = next(dataset for dataset in DATASETS if dataset.name == "klines_1h")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        landing = Landing(folder / "landing")
        pages = [_page(landing, number, datetime(2026, 1, 1, tzinfo=UTC)) for number in range(PAGES)]
        bare, first, again = [], [], []
        for turn in range(3):
            bare.append(_bare(folder / f"bare{turn}.duckdb", HOURLY, pages))
            file = folder / f"warehouse{turn}.duckdb"
            first.append(_load(file, HOURLY, [replace(page, was_verified=True) for page in pages], landing))
            later = [replace(page, response_id=f"{page.response_id}x") for page in pages]
            again.append(_load(file, HOURLY, later, landing))
        rows = PAGES * ROWS
        for label, seconds in (("bare DuckDB", bare), ("first load", first), ("same again", again)):
            took = median(seconds)
            print(f"  {label:<12} {took:6.2f} s  {rows / took:>12,.0f} rows/s  {took / median(bare):5.2f} x bare")


def _page(landing: Landing, number: int, now: datetime) -> StoredResponse:
    start = FIRST_OPEN_MS + (number % PAGES_PER_SYMBOL) * ROWS * HOUR_MS
    draw = random.Random(number)
    rows = [_kline(draw, start + i * HOUR_MS) for i in range(ROWS)]
    symbol = f"A{number // PAGES_PER_SYMBOL}USDT"
    request = Request("/api/v3/klines", {"symbol": symbol, "startTime": str(start)}, symbol)
    return landing.store(HOURLY, request, "https://unused.invalid", 200, json.dumps(rows).encode(), now)


def _kline(draw: random.Random, open_ms: int) -> list[int | str]:
    low, first, last, high = sorted(60_000 + draw.random() * 1_000 for _ in range(4))
    prices = [f"{price:.8f}" for price in (first, high, low, last)]
    sums = [f"{draw.random() * 1e7:.8f}" for _ in range(4)]
    return [open_ms, *prices, sums[0], open_ms + HOUR_MS - 1, sums[1], draw.randrange(100_000), sums[2], sums[3], "0"]


def _bare(file: Path, dataset: Dataset, pages: list[StoredResponse]) -> float:
    assert isinstance(dataset.read, ArrayRows)
    casts = ", ".join(
        f"try_cast(j[{position + 1}] as {_narrow(dataset.columns[column])})::{dataset.columns[column]} as {column}"
        for column, position in dataset.read.fields.items()
    )
    with duckdb.connect(str(file)) as connection:
        started = perf_counter()
        connection.execute(
            f"create table bars as select filename, {casts} from read_json(?, format = 'array', records = 'false', "
            "columns = {j: 'varchar[]'}, filename = true, compression = 'zstd')",
            [[str(page.path) for page in pages]],
        )
        return perf_counter() - started


def _narrow(kind: str) -> str:
    """The fast way to a wide decimal goes through a narrow one."""
    return "decimal(18,8)" if kind.startswith("decimal") else kind


def _load(file: Path, dataset: Dataset, pages: list[StoredResponse], landing: Landing) -> float:
    with connect(file) as connection:
        prepare(connection, [dataset])
        started = perf_counter()
        load(connection, dataset, pages, landing.folder)
        return perf_counter() - started
