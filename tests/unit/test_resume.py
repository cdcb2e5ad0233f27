"""An interrupted run is resumed: what it stored is not requested again, open windows are."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as WireRequest
from werkzeug import Response as WireResponse

from orchestration.ingest.extract import extract
from orchestration.ingest.extraction import Extraction
from orchestration.ingest.http import HttpClient
from orchestration.ingest.landing import Landing
from orchestration.ingest.resume import UnfinishedRun, resume_from
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.sample.faults import Fault, web_page
from orchestration.sample.server import SampleMarket
from orchestration.settings import SAMPLE_NOW, Settings
from orchestration.sources.shared.contract import Dataset, Parsed, Request, Slice, Window
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.registry import dataset, datasets, symbols

CANDLES = dataset("coinbase", "candles_1d")
NOON = datetime(2025, 5, 12, 12, 10, tzinfo=UTC)


def run_extract(
    market: SampleMarket, home: Path, now: datetime, since: datetime | None = None
) -> tuple[Extraction, list[str]]:
    """Daily candles of the look-back, extracted by a run at `now`, and the paths that reached the provider."""
    settings = Settings.load(market.environment() | {"WAREHOUSE_HOME": str(home), "WAREHOUSE_NOW": now.isoformat()})
    earlier = UnfinishedRun(CANDLES, settings.landing, since, since == now) if since else None
    requested_before = len(market.requested)
    with HttpClient(settings, pause=lambda seconds: None) as client:
        extraction = extract(CANDLES, settings, client, symbols("coinbase"), now, unfinished_run=earlier)
    return extraction, market.requested[requested_before:]


def test_at_the_same_instant_nothing_that_was_stored_is_requested_again(tmp_path: Path) -> None:
    with SampleMarket() as market:
        first, requested = run_extract(market, tmp_path, SAMPLE_NOW)
        again, requested_again = run_extract(market, tmp_path, SAMPLE_NOW, since=SAMPLE_NOW)
    assert len(requested) == 4
    assert requested_again == []
    assert again.reused_count == 4
    assert [reply.response_id for reply in again.responses] == [reply.response_id for reply in first.responses]


def test_later_that_day_only_windows_that_were_still_open_are_requested_again(tmp_path: Path) -> None:
    later = SAMPLE_NOW + timedelta(hours=2)
    with SampleMarket() as market:
        run_extract(market, tmp_path, SAMPLE_NOW)
        again, requested = run_extract(market, tmp_path, later, since=SAMPLE_NOW)
    assert again.reused_count == 2
    assert len(requested) == 2
    assert all("end=2025-05-12T07%3A59%3A59Z" in path for path in requested)


@pytest.mark.parametrize(
    "table", [found.table for found in datasets() if not found.file_pattern and not found.is_collected]
)
def test_a_response_about_another_window_is_not_reused(table: str, tmp_path: Path) -> None:
    """Not every request names the end of its window; six hours later it is another request all the same."""
    found = next(found for found in datasets() if found.table == table)
    found = replace(found, verify=lambda response: None)
    first, later = NOON - timedelta(hours=6), NOON

    def planned(now: datetime) -> list[Request]:
        window = Window(now.replace(hour=0, minute=0) - timedelta(days=3), now)
        symbol = symbols(found.provider.name).get("BTC", "")
        options = {name: default or "Binance" for name, default in found.provider.options.items()}
        return list(found.plan(Slice("BTC" if found.per_asset else "ALL", symbol, window, now, options)))

    for request in planned(first):
        Landing(tmp_path).store(found, request, "https://unused.invalid", 200, b"{}", first + timedelta(minutes=1))
    earlier = UnfinishedRun(found, tmp_path, first, at_same_instant=False)
    for request in planned(later):
        known = earlier.response_to(request)
        assert known is None or known.request.window == request.window
        assert known is None or request.window is not None


def test_a_page_of_events_is_requested_again_at_a_later_hour(tmp_path: Path) -> None:
    events = dataset("okx_futures", "liquidation_orders")
    params = {"instType": "SWAP", "uly": "BTC-USDT", "state": "filled", "limit": "100"}
    start = NOON - timedelta(hours=20)

    def request(end: datetime) -> Request:
        return Request("/api/v5/public/liquidation-orders", params, "BTC", Window(start, end))

    body = b'{"code":"0","msg":"","data":[]}'
    stored_at = NOON - timedelta(hours=6)
    Landing(tmp_path).store(events, request(stored_at), "https://unused.invalid", 200, body, stored_at)
    earlier = UnfinishedRun(events, tmp_path, stored_at, at_same_instant=False)
    assert earlier.response_to(request(stored_at)) is not None, "the same hours need not be requested again"
    assert earlier.response_to(request(NOON)) is None, "six more hours were never requested"


def test_without_an_unfinished_run_everything_is_requested_again(tmp_path: Path) -> None:
    with SampleMarket() as market:
        run_extract(market, tmp_path, SAMPLE_NOW)
        again, requested = run_extract(market, tmp_path, SAMPLE_NOW)
    assert again.reused_count == 0
    assert len(requested) == 4


def test_a_bad_response_is_requested_again(tmp_path: Path) -> None:
    with SampleMarket() as market:
        market.faults.append(Fault("/coinbase/products/ETH-USD", web_page))
        first, _ = run_extract(market, tmp_path, SAMPLE_NOW)
        again, requested = run_extract(market, tmp_path, SAMPLE_NOW, since=SAMPLE_NOW)
    assert first.outcome == "partial"
    assert again.outcome == "complete"
    assert requested
    assert all("ETH-USD" in path for path in requested)


def test_a_stored_body_that_is_an_error_is_not_reused(tmp_path: Path) -> None:
    request = Request("/products/BTC-USD/candles", {"start": "x"}, "BTC")
    Landing(tmp_path).store(CANDLES, request, "https://unused.invalid", 200, b'{"message": "NotFound"}', NOON)
    assert UnfinishedRun(CANDLES, tmp_path, NOON, at_same_instant=True).response_to(request) is None


@pytest.mark.parametrize(
    ("found", "body"), [(CANDLES, b"[]"), (dataset("binance", "klines_1d"), b" [] "), (CANDLES, b'{"a": 1}')]
)
def test_a_stored_body_without_figures_is_not_reused(found: Dataset, body: bytes, tmp_path: Path) -> None:
    request = Request("/products/BTC-USD/candles", {"start": "x"}, "BTC")
    Landing(tmp_path).store(found, request, "https://unused.invalid", 200, body, NOON)
    assert UnfinishedRun(found, tmp_path, NOON, at_same_instant=True).response_to(request) is None


def posted(part: Slice) -> Iterator[Request]:
    """A request with a JSON body about a window, then a file that may not exist."""
    yield Request(
        "/events",
        subject=part.subject,
        window=part.window,
        json_body={"symbol": part.symbol},
    )
    yield Request(f"/file/{part.symbol}", subject=part.subject, may_be_absent=True)


EVENTS = Dataset(
    Provider("acme", "Acme", "https://unused.invalid", "none", Rate(1000)),
    "events",
    "Events",
    "liquidations",
    {"k": "varchar"},
    ("k",),
    lambda response: Parsed([(response.body.decode(),)]),
    plan=posted,
    covers=lambda response: response.request.window,
)


class Events:
    """Responds to one request with a JSON body, and has no file."""

    def __init__(self, httpserver: HTTPServer, home: Path) -> None:
        self.asked: list[str] = []
        self.home = home
        self._url = httpserver.url_for("")
        httpserver.expect_request("/events").respond_with_handler(self._reply)
        httpserver.expect_request(re.compile("/file/.*")).respond_with_handler(self._reply)

    def _reply(self, request: WireRequest) -> WireResponse:
        self.asked.append(f"{request.method} {request.path} {request.get_data().decode()}".strip())
        return WireResponse("an event") if request.method == "POST" else WireResponse("no such file", 404)

    def run(self, now: datetime, symbol: str = "XBT") -> list[str]:
        """The requests of a run at `now` that resumes the one of noon; its responses are loaded."""
        variables = {"WAREHOUSE_HOME": str(self.home), "WAREHOUSE_ASSETS": "BTC", "ACME_BASE_URL": self._url}
        settings = Settings.load(variables | {"WAREHOUSE_NOW": now.isoformat()})
        window = Window(NOON - timedelta(days=2), NOON - timedelta(days=1))
        earlier = UnfinishedRun(EVENTS, settings.landing, NOON, at_same_instant=now == NOON)
        before = len(self.asked)
        with HttpClient(settings) as client:
            extraction = extract(EVENTS, settings, client, {"BTC": symbol}, now, window, unfinished_run=earlier)
        assert extraction.outcome == "complete", extraction.message
        with connect(settings.working_file) as connection:
            prepare(connection, [EVENTS])
            load(connection, EVENTS, extraction.responses, settings.landing)
            self.covered = connection.execute(
                "select covered_from, covered_until from raw.responses where status = 200 order by rowid"
            ).fetchall()
        return self.asked[before:]


def test_a_json_body_and_an_absent_file_are_not_requested_again_and_cover_the_same_time(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    events = Events(httpserver, tmp_path)
    one_request, file = 'POST /events {"symbol": "XBT"}', "GET /file/XBT"
    assert events.run(NOON) == [one_request, file]
    covered = events.covered
    assert covered == [(datetime(2025, 5, 10, 12, 10), datetime(2025, 5, 11, 12, 10))]
    (tmp_path / "warehouse.duckdb").unlink()
    assert events.run(NOON) == []
    assert events.covered == covered, "read from disk, a response covers the same time"
    assert events.run(NOON + timedelta(hours=2)) == [file], "two hours later the file may be there"
    assert events.run(NOON, symbol="ETH") == ['POST /events {"symbol": "ETH"}', "GET /file/ETH"], "another body"


@pytest.mark.parametrize(
    ("noted", "works_at", "resumes"),
    [
        (None, NOON, False),
        (NOON - timedelta(minutes=5), NOON - timedelta(minutes=5), True),
        (NOON - timedelta(minutes=11), NOON, True),
        (NOON - timedelta(hours=13), NOON, False),
        (NOON + timedelta(minutes=1), NOON, False),
    ],
    ids=["no note", "same hour", "hour before", "day before", "clock set back"],
)
def test_which_run_is_resumed_and_at_which_instant(
    tmp_path: Path, noted: datetime | None, works_at: datetime, resumes: bool
) -> None:
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path), "WAREHOUSE_NOW": ""})
    if noted:
        settings.unfinished.write_text(noted.isoformat())
    assert resume_from(settings, NOON) == (works_at, noted if resumes else None)


@pytest.mark.parametrize("left", [1, 6, len("2025-05-04"), len("2025-05-04T06:00:00")])
def test_a_note_that_was_cut_off_is_no_note(tmp_path: Path, left: int) -> None:
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path)})
    settings.unfinished.write_text(NOON.isoformat()[:left])
    assert resume_from(settings, NOON) == (NOON, None)


def test_a_now_that_the_user_fixed_is_kept(tmp_path: Path) -> None:
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path), "WAREHOUSE_NOW": NOON.isoformat()})
    noted = NOON - timedelta(minutes=5)
    settings.unfinished.write_text(noted.isoformat())
    assert resume_from(settings, NOON) == (NOON, noted)
