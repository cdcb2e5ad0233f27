"""Deribit's DVOL at the wire: bars in an envelope, pages from the newest to the oldest, errors with a code."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture, make_response

from orchestration.sample.server import SampleMarket
from orchestration.settings import SAMPLE_NOW
from orchestration.sources.deribit import DATASETS, older_page, parse_index, plan_index
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, SourceUnavailable, Window

(INDEX,) = DATASETS
BODY = fixture("deribit/volatility_index_1d.json")
PATH = "/api/v2/public/get_volatility_index_data"
MAY_1, DAY = 1746057600000, 86_400_000
REQUEST = Request(PATH, {"currency": "BTC"}, "BTC", FIRST_DAYS)
GOOD = [MAY_1 + DAY, 48, 49, 47, 48.5]


def body(*bars: Any, continuation: Any = None) -> bytes:
    return json.dumps({"result": {"data": bars, "continuation": continuation}}).encode()


def parsed(*bars: Any) -> Parsed:
    return parse_index(make_response(INDEX, body(*bars), REQUEST))


def test_closed_days_of_the_window_are_stored(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, INDEX)
    bench.run(BODY)
    bounds = {"start_timestamp": str(MAY_1), "end_timestamp": str(MAY_1 + 3 * DAY - 1)}
    assert bench.requested == [{"currency": "BTC", **bounds, "resolution": "1D"}]
    rows = bench.rows("currency, timestamp, open, high, low, close")
    assert rows[0] == ("BTC", MAY_1, *map(Decimal, ("48.12", "49.9", "47.6", "48.75")))
    assert [row[1] for row in rows] == [MAY_1, MAY_1 + DAY, MAY_1 + 2 * DAY]


def test_the_older_page_ends_where_the_newer_one_begins(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, INDEX)
    extraction, loaded = bench.run(
        body([MAY_1 + 2 * DAY, 48, 49, 47, 48.5], continuation=MAY_1 + 2 * DAY - 1),
        body([MAY_1, 48, 49, 47, 48.5], GOOD),
    )
    assert (extraction.outcome, loaded.rows_new) == ("complete", 3)
    assert bench.requested[1]["end_timestamp"] == str(MAY_1 + 2 * DAY - 1)
    with pytest.raises(SourceRejected, match="format has changed"):
        older_page(make_response(INDEX, body(continuation="x"), REQUEST))


def test_a_page_that_links_to_itself_is_not_followed(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, INDEX)
    extraction, _ = bench.run(body(GOOD, continuation=MAY_1 + 3 * DAY - 1))
    assert extraction.outcome != "complete"
    assert len(bench.paths) <= 2


def test_longer_windows_are_requested_in_pages() -> None:
    start = datetime(2022, 1, 1, tzinfo=UTC)
    requests = list(plan_index(Slice("ETH", "ETH", Window(start, start + timedelta(days=501)), NOW)))
    assert [request.params["currency"] for request in requests] == ["ETH", "ETH"]
    assert int(requests[1].params["start_timestamp"]) == int(requests[0].params["end_timestamp"]) + 1


@pytest.mark.parametrize(
    ("bar", "reason"),
    [
        ([MAY_1, 48, 49, 47], "five values"),
        ({"timestamp": MAY_1}, "five values"),
        ([MAY_1 // 1000, 48, 49, 47, 48], "in seconds"),
        ([MAY_1 + 1, 48, 49, 47, 48], "no midnight in UTC"),
        ([MAY_1 + 40 * DAY, 48, 49, 47, 48], "in the future"),
        ([MAY_1, 48, None, 47, 48], "high is null"),
    ],
)
def test_a_malformed_bar_is_rejected_with_its_reason_and_the_others_are_kept(bar: Any, reason: str) -> None:
    result = parsed(bar, GOOD, GOOD)
    assert [row[1] for row in result.rows] == [MAY_1 + DAY]
    assert [reason in row.reason for row in result.rejected] == [True], result.rejected


@pytest.mark.parametrize("bar", [[MAY_1, 48, 47.5, 47, 48], [MAY_1, 0, 49, 0, 48]])
def test_an_impossible_bar_is_rejected_at_the_door(httpserver: HTTPServer, tmp_path: Path, bar: list[float]) -> None:
    bench = WireBench(httpserver, tmp_path, INDEX)
    _, loaded = bench.run(body(bar, GOOD))
    assert (loaded.rows_new, loaded.rejected) == (1, 1)


@pytest.mark.parametrize(("code", "raised"), [(10028, SourceUnavailable), (-32602, SourceRejected)])
def test_an_error_object_is_an_error(code: int, raised: type[Exception]) -> None:
    error = json.dumps({"jsonrpc": "2.0", "error": {"code": code, "message": "no"}}).encode()
    with pytest.raises(raised, match=f"error {code}, no"):
        INDEX.verify(make_response(INDEX, error, REQUEST))


def test_the_sample_has_two_currencies_and_refuses_another() -> None:
    target = f"/deribit{PATH}?start_timestamp=0&end_timestamp={MAY_1}&resolution=1D&currency="
    with SampleMarket(SAMPLE_NOW, full=True) as market:
        bitcoin, solana = (market.respond(target + currency, {}) for currency in ("BTC", "SOL"))
    assert json.loads(bitcoin.body)["result"]["data"][-1][0] == MAY_1
    assert solana.status == 400
