"""Ten assets over years from Binance's archive and its API: requested once, equal in any cut, resumed after a kill."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response as WireResponse

from orchestration.ingest.extract import extract
from orchestration.ingest.extraction import Extraction
from orchestration.ingest.http import HttpClient
from orchestration.ingest.http_response import HttpResponse
from orchestration.ingest.resume import UnfinishedRun
from orchestration.raw.load import load
from orchestration.raw.working_file import archived_until, connect, prepare, record_attempt
from orchestration.sample.server import SampleMarket
from orchestration.settings import SAMPLE_ASSETS, SAMPLE_NOW, Settings
from orchestration.sources.binance_archive import plan_files
from orchestration.sources.shared.contract import Dataset, Parsed, Request, Slice, Window
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.registry import dataset, launches, symbols

ARCHIVE, API = dataset("binance_archive", "klines_1d"), dataset("binance", "klines_1d")
WHOLE = (date(2024, 8, 1), SAMPLE_NOW.date())
BARS = """
select '{table}', symbol, open_time, open, high, low, close, volume, close_time, quote_volume, trade_count
from raw.{table} order by all
"""


class Backfill:
    """A home that is filled day by day or at once, from the full sample market."""

    def __init__(self, market: SampleMarket, home: Path, assets: str = SAMPLE_ASSETS) -> None:
        environment = {**market.environment(), "WAREHOUSE_HOME": str(home), "WAREHOUSE_ASSETS": assets}
        self.settings = Settings.load(environment).model_copy(update={"is_rate_limited": False})

    def run(self, first: date, last: date) -> list[Extraction]:
        """Like a run with --start and --end: the archive, then the API from where that ends."""
        window = Window.of_days(first, last)
        return [self.extract_dataset(found, window) for found in (ARCHIVE, API)]

    def extract_dataset(self, found: Dataset, window: Window) -> Extraction:
        with connect(self.settings.working_file) as connection:
            prepare(connection, [ARCHIVE, API])
            starts = archived_until(connection, found.archive) if found.archive else {}
            names = symbols(found.provider.name)
            extraction = extract(found, self.settings, HttpClient(self.settings), names, SAMPLE_NOW, window, starts)
            load(connection, found, extraction.responses, self.settings.landing)
            record_attempt(connection, found, SAMPLE_NOW, extraction.outcome, extraction.message)
        return extraction

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with connect(self.settings.working_file, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def bars(self) -> list[tuple[object, ...]]:
        return [row for found in (ARCHIVE, API) for row in self.rows(BARS.format(table=found.table))]


@pytest.fixture(scope="module")
def market() -> Iterator[SampleMarket]:
    with SampleMarket(full=True) as served:
        yield served


def test_ten_assets_come_from_the_archive_and_the_newest_days_from_the_api(
    market: SampleMarket, tmp_path: Path
) -> None:
    before = len(market.requested)
    backfill = Backfill(market, tmp_path)
    assert [(done.outcome, done.message) for done in backfill.run(*WHOLE)] == [("complete", None)] * 2
    requested = market.requested[before:]
    assert len(set(requested)) == len(requested), "nothing is requested twice"
    by_month = [path for path in requested if "/monthly/" in path and "BTCUSDT" in path and path.endswith(".CHECKSUM")]
    assert len(by_month) == 9, "August 2024 to April 2025, three of them absent"
    assert sum(path.startswith("/binance/") for path in requested) == 10
    assert all("startTime=1746921600000" in path for path in requested if path.startswith("/binance/")), "11 May"
    counted = backfill.rows(
        f"select symbol, count(*) from (select symbol from raw.{ARCHIVE.table} union all select symbol from "
        f"raw.{API.table}) group by all"
    )
    assert {rows for _, rows in counted} == {192}
    assert len(counted) == 10


def test_two_halves_equal_one_run(market: SampleMarket, tmp_path: Path) -> None:
    whole, halves = (Backfill(market, tmp_path / name, "BTC,SOL") for name in ("whole", "halves"))
    whole.run(*WHOLE)
    halves.run(WHOLE[0], date(2025, 2, 10))
    halves.run(date(2025, 2, 11), WHOLE[1])
    assert len(whole.bars()) == 2 * 192
    assert halves.bars() == whole.bars()


def test_a_killed_backfill_is_resumed_and_requests_nothing_twice(market: SampleMarket, tmp_path: Path) -> None:
    backfill = Backfill(market, tmp_path, "BTC,ETH")
    before = len(market.requested)

    class Killed(HttpClient):
        left = 25

        def request(self, provider: Provider, request: Request) -> HttpResponse:
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            return super().request(provider, request)

    window, settings = Window.of_days(*WHOLE), backfill.settings
    names = symbols("binance_archive")
    with pytest.raises(KeyboardInterrupt):
        extract(ARCHIVE, settings, Killed(settings), names, SAMPLE_NOW, window)
    assert len(market.requested) - before == 25
    earlier = UnfinishedRun(ARCHIVE, settings.landing, SAMPLE_NOW, at_same_instant=True)
    again = extract(ARCHIVE, settings, HttpClient(settings), names, SAMPLE_NOW, window, unfinished_run=earlier)
    requested = market.requested[before:]
    assert again.outcome == "complete"
    assert again.reused_count > 10, "files are recognised by their digest besides"
    assert len(set(requested)) == len(requested), "absent months are not requested again either"


def test_years_before_a_listing_cost_few_requests() -> None:
    """From 2015 on, the archive has no bar before August 2017, and none of an asset that did not exist yet."""
    names = symbols("binance_archive")
    months = {}
    for asset in SAMPLE_ASSETS.split(","):
        start = max(datetime(2015, 1, 1, tzinfo=UTC), ARCHIVE.available_since or SAMPLE_NOW, launches()[asset])
        planned = list(plan_files("1d")(Slice(asset, names[asset], Window(start, SAMPLE_NOW), SAMPLE_NOW)))
        months[asset] = sum("/monthly/" in request.path for request in planned)
    assert (months["BTC"], months["SOL"], months["AVAX"]) == (93, 62, 56)
    assert sum(months.values()) < 900, "of 1,240 months since 2015"


def test_the_bodies_of_a_backfill_are_not_all_in_memory(httpserver: HTTPServer, tmp_path: Path) -> None:
    megabyte = bytes(range(256)) * 4096
    httpserver.expect_request("/file").respond_with_handler(lambda _: WireResponse(megabyte))
    files = Dataset(
        Provider("acme", "Acme", "https://unused.invalid", "none", Rate(1000)),
        "files",
        "Files",
        "prices",
        {"k": "varchar"},
        ("k",),
        lambda response: Parsed([]),
        plan=lambda part: (Request("/file", {"n": str(number)}, part.subject) for number in range(80)),
        has_independent_requests=True,
    )
    environment = {"WAREHOUSE_HOME": str(tmp_path), "WAREHOUSE_ASSETS": "BTC", "ACME_BASE_URL": httpserver.url_for("")}
    settings = Settings.load(environment)
    tracemalloc.start()
    try:
        extraction = extract(files, settings, HttpClient(settings), {"BTC": "BTC"}, SAMPLE_NOW)
        with connect(settings.working_file) as connection:
            prepare(connection, [files])
            load(connection, files, extraction.responses, settings.landing)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(extraction.responses) == 80
    assert peak < 45 * 2**20, "of 80 MB requested"
