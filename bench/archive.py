"""Ten years of monthly archive files of ten symbols by the hour into versions, against bare DuckDB on the same files.

The reference unzips the same files, reads them with one `read_csv`, casts the same columns and writes them into a fresh
DuckDB file; it keeps no responses, checksums, versions or rejects. Each is run three times in turn; the medians
are compared, by the clock and by the processor. At least 60 % of the bare rate is the aim.
"""

import hashlib
import io
import random
import tempfile
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import duckdb

from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.sources.binance_archive import DATASETS, KLINES
from orchestration.sources.shared.contract import Dataset, Request, Window

SYMBOLS = 10
FIRST_MONTH, MONTHS = datetime(2017, 1, 1, tzinfo=UTC), 120
HOURLY = next(dataset for dataset in DATASETS if dataset.name == "klines_1h")

Took = tuple[float, float]
"""Wall-clock and processor seconds; the latter are fairer on a busy machine."""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        landing = Landing(folder / "landing")
        files = [file for number in range(SYMBOLS) for file in _files(landing, f"A{number}USDT")]
        bare, first, again = [], [], []
        rows = 0
        for turn in range(3):
            took, rows = _bare(folder / f"bare{turn}.duckdb", HOURLY, files, folder / f"csv{turn}")
            bare.append(took)
            file = folder / f"warehouse{turn}.duckdb"
            first.append(_load(file, HOURLY, files, landing))
            again.append(_load(file, HOURLY, files, landing))
        for label, runs in (("bare DuckDB", bare), ("first load", first), ("same again", again)):
            took, worked = (median(seconds) for seconds in zip(*runs, strict=True))
            rate, by_work = (
                median(of) / mine for of, mine in zip(zip(*bare, strict=True), (took, worked), strict=True)
            )
            print(
                f"  {label:<12} {took:6.2f} s  {rows / took:>12,.0f} rows/s  {rate:7.0%} of bare, "
                f"{by_work:.0%} by processor time  ({len(files)} files)"
            )


def _files(landing: Landing, symbol: str) -> list[StoredResponse]:
    stored, month = [], FIRST_MONTH
    for number in range(MONTHS):
        next_month = (month + timedelta(days=32)).replace(day=1)
        name = f"{symbol}-1h-{month:%Y-%m}"
        draw = random.Random(f"{symbol} {number}")
        hours = int((next_month - month) / timedelta(hours=1))
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            lines = [_line(draw, month + timedelta(hours=hour)) for hour in range(hours)]
            archive.writestr(f"{name}.csv", "\n".join(lines) + "\n")
        body = buffer.getvalue()
        path = f"/data/spot/monthly/klines/{symbol}/1h/{name}.zip"
        digest = hashlib.sha256(body).hexdigest()
        request = Request(path, subject=symbol, window=Window(month, next_month), sha256=digest)
        url = f"https://unused.invalid{path}"
        stored.append(landing.store(HOURLY, request, url, 200, body, datetime(2027, 2, 1, tzinfo=UTC)))
        month = next_month
    return stored


def _line(draw: random.Random, opens: datetime) -> str:
    unit = 1_000_000 if opens.year >= 2025 else 1_000
    low, first, last, high = sorted(60_000 + draw.random() * 1_000 for _ in range(4))
    prices = ",".join(f"{price:.8f}" for price in (first, high, low, last))
    sums = [f"{draw.random() * 1e7:.8f}" for _ in range(4)]
    stamp = int(opens.timestamp()) * unit
    closes = stamp + 3_600 * unit - 1
    return f"{stamp},{prices},{sums[0]},{closes},{sums[1]},{draw.randrange(100_000)},{sums[2]},{sums[3]},0"


def _bare(file: Path, dataset: Dataset, files: list[StoredResponse], folder: Path) -> tuple[Took, int]:
    casts = ", ".join(
        f"c{position}::{dataset.columns[column]} as {column}" for column, position in KLINES.fields.items()
    )
    columns = ", ".join(f"c{position}: 'varchar'" for position in range(KLINES.width))
    folder.mkdir()
    with duckdb.connect(str(file)) as connection:
        started, worked = perf_counter(), process_time()
        for response in files:
            with zipfile.ZipFile(io.BytesIO(response.response.body)) as archive:
                archive.extractall(folder)
        connection.execute(
            f"create table bars as select filename, {casts.replace('decimal(28,8)', 'decimal(18,8)')} "
            f"from read_csv(?, header = false, auto_detect = false, columns = {{{columns}}}, filename = true)",
            [str(folder / "*.csv")],
        )
        took = (perf_counter() - started, process_time() - worked)
        counted = connection.execute("select count(*) from bars").fetchone()
    assert counted is not None
    return took, int(counted[0])


def _load(file: Path, dataset: Dataset, files: list[StoredResponse], landing: Landing) -> Took:
    with connect(file) as connection:
        prepare(connection, [dataset])
        started, worked = perf_counter(), process_time()
        loaded = load(connection, dataset, files, landing.folder)
        took = (perf_counter() - started, process_time() - worked)
    assert not loaded.rejected, "what is rejected costs more than a row"
    return took
