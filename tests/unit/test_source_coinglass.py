"""CoinGlass liquidations at the wire: errors with status 200, lists of venues, days that begin at midnight."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, KEY, NOW, WireBench, fixture, make_response

from orchestration.sources.coinglass import DATASETS, EVERY_VENUE, PROVIDER, parse_liquidations, plan_liquidations
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, SourceUnavailable, Window

(LIQUIDATIONS,) = DATASETS
MAY_1 = 1746057600000
DAY = 86_400_000
BARS: list[dict[str, Any]] = json.loads(fixture("coinglass/aggregated_history.json"))["data"]
REQUEST = Request("/", {"symbol": "BTC", "exchange_list": "Binance"}, "BTC", FIRST_DAYS)
LONG, SHORT = "aggregated_long_liquidation_usd", "aggregated_short_liquidation_usd"


@pytest.fixture
def bench(httpserver: HTTPServer, tmp_path: Path) -> WireBench:
    return WireBench(httpserver, tmp_path, LIQUIDATIONS, COINGLASS_EXCHANGE_LISTS="Binance")


def parsed(*bars: Any) -> Parsed:
    body = json.dumps({"code": "0", "msg": "success", "data": bars}).encode()
    return parse_liquidations(make_response(LIQUIDATIONS, body, REQUEST))


def planned(lists: str, window: Window = FIRST_DAYS) -> list[Request]:
    return list(plan_liquidations(Slice("BTC", "BTC", window, NOW, {"COINGLASS_EXCHANGE_LISTS": lists})))


def test_a_window_becomes_rows_with_the_requested_list_of_venues(bench: WireBench) -> None:
    bench.run(fixture("coinglass/aggregated_history.json"))
    assert bench.rows(f"symbol, exchange_list, time, {LONG}, {SHORT}") == [
        ("BTC", "Binance", MAY_1, Decimal("2200000.5123"), Decimal("11600000.0000")),
        ("BTC", "Binance", MAY_1 + DAY, Decimal("3500000.2500"), Decimal("5500000.7500")),
        ("BTC", "Binance", MAY_1 + 2 * DAY, Decimal("7100000.0000"), Decimal("890000.1000")),
    ]
    assert bench.rejection_reasons() == []


def test_the_key_is_sent_in_its_header_only(bench: WireBench) -> None:
    bench.run(fixture("coinglass/aggregated_history.json"))
    assert [headers["cg-api-key"] for headers in bench.headers] == [KEY]
    assert KEY not in str(bench.requested) + str(bench.paths)


def test_without_a_key_nothing_is_requested(httpserver: HTTPServer, tmp_path: Path) -> None:
    keyless = WireBench(httpserver, tmp_path, LIQUIDATIONS, COINGLASS_API_KEY="")
    extraction, _ = keyless.run(b"{}")
    assert (extraction.outcome, extraction.message) == ("skipped", "no key: set COINGLASS_API_KEY")
    assert keyless.paths == []


def test_every_list_is_requested_once_from_a_day_before_the_window(bench: WireBench) -> None:
    requests = planned(" Binance ; Binance,OKX; ;Binance")
    assert [request.params["exchange_list"] for request in requests] == ["Binance", "Binance,OKX"]
    assert dict(requests[0].params) == {
        "exchange_list": "Binance",
        "symbol": "BTC",
        "interval": "1d",
        "limit": "1000",
        "start_time": str(MAY_1 - DAY),
        "end_time": str(MAY_1 + 3 * DAY - 1),
    }


def test_the_default_lists_are_binance_and_all_venues() -> None:
    requests = planned(PROVIDER.options["COINGLASS_EXCHANGE_LISTS"])
    assert [request.params["exchange_list"] for request in requests] == ["Binance", EVERY_VENUE]
    assert len(EVERY_VENUE.split(",")) == 9


def test_an_option_without_a_venue_is_an_error() -> None:
    with pytest.raises(SourceRejected, match="COINGLASS_EXCHANGE_LISTS names no venue"):
        planned(" ; ,")


@pytest.mark.parametrize(("days", "requests"), [(999, 1), (1000, 2), (2100, 3)])
def test_pages_overlap_by_a_day_and_have_at_most_a_thousand_rows(days: int, requests: int) -> None:
    start = datetime(2021, 1, 1, tzinfo=UTC)
    pages = planned("Binance", Window(start, start + timedelta(days=days)))
    spans = [(int(page.params["start_time"]), int(page.params["end_time"])) for page in pages]
    assert len(pages) == requests
    assert all((last + 1 - first) <= 1000 * DAY for first, last in spans)
    assert [first for first, _ in spans[1:]] == [last + 1 - DAY for _, last in spans[:-1]]


def test_the_incomplete_first_bar_of_a_page_is_never_used(httpserver: HTTPServer, tmp_path: Path) -> None:
    start = datetime(2022, 1, 1, tzinfo=UTC)
    timestamps = [int(start.timestamp() * 1000) + i * DAY for i in range(-1, 1001)]
    bars = [{"time": timestamp, LONG: 10.5, SHORT: 20.5} for timestamp in timestamps]
    # Each page begins a day early, with an incomplete bar.
    pages = [[{**bars[0], LONG: 0, SHORT: 0}, *bars[1:1000]], [{**bars[999], LONG: 0, SHORT: 0}, *bars[1000:]]]
    bodies = [json.dumps({"code": "0", "msg": "success", "data": page}).encode() for page in pages]
    bench = WireBench(httpserver, tmp_path, LIQUIDATIONS, COINGLASS_EXCHANGE_LISTS="Binance")
    bench.run(*bodies, window=Window(start, start + timedelta(days=1001)))
    rows = bench.rows(f"time, {LONG}")
    assert [row[0] for row in rows] == timestamps[1:]
    assert {row[1] for row in rows} == {Decimal("10.5")}


def test_an_empty_past_window_is_reported_and_adds_no_zero(bench: WireBench) -> None:
    _, loaded = bench.run(b'{"code":"0","msg":"success","data":[]}')
    assert (loaded.rows_new, loaded.empty_responses) == (0, ("BTC from 2025-05-01",))


@pytest.mark.parametrize(
    ("code", "reason", "failure", "next_step"),
    [
        ('"400"', "API key missing.", SourceRejected, "check COINGLASS_API_KEY"),
        ('"400"', "Invalid API key provided", SourceRejected, "check COINGLASS_API_KEY"),
        ('"401"', "Upgrade plan", SourceRejected, "does not cover Binance: upgrade it, or shorten COINGLASS_EXCHANGE"),
        ("401", "Upgrade plan", SourceRejected, "upgrade it"),
        ('"400"', "Required String parameter 'exchange_list' is not present", SourceRejected, "check the symbol"),
        ('"30001"', "secret invalid", SourceRejected, "check COINGLASS_API_KEY"),
        ('"429"', "Too Many Requests", SourceUnavailable, "run again in a minute"),
        ('"408"', "Request timeout", SourceUnavailable, "run again"),
        ("500", "Server Error", SourceUnavailable, "run again"),
    ],
)
def test_errors_with_status_200_raise(
    bench: WireBench, code: str, reason: str, failure: type[Exception], next_step: str
) -> None:
    body = f'{{"code":{code},"msg":"{reason}"}}'.encode()
    with pytest.raises(failure, match=next_step):
        LIQUIDATIONS.verify(make_response(LIQUIDATIONS, body, REQUEST))
    extraction, loaded = bench.run(body)
    assert extraction.outcome == "failed"
    assert reason in str(extraction.message)
    assert loaded.rows_new == 0


def test_days_at_midnight_in_china_are_refused_as_a_whole() -> None:
    with pytest.raises(SourceRejected, match="a day opens at 16:00 UTC"):
        parsed(*({**bar, "time": bar["time"] - 8 * 3_600_000} for bar in BARS))


def test_seconds_and_texts_mean_the_same_as_milliseconds_and_numbers() -> None:
    as_texts = {"time": str(MAY_1 // 1000), LONG: "2200000.51234", SHORT: "11600000"}
    assert parsed(as_texts).rows == parsed(BARS[1]).rows


def test_a_new_column_is_named_and_the_rows_are_kept() -> None:
    result = parsed(*({**bar, "open_interest": 1} for bar in BARS))
    assert len(result.rows) == 3
    assert [row.reason for row in result.rejected] == ["unknown column open_interest: not loaded; the rows were kept"]


def test_repeated_and_unsorted_bars_are_one_row_each() -> None:
    assert [row[2] for row in parsed(BARS[2], BARS[1], BARS[2]).rows] == [MAY_1, MAY_1 + DAY]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"time": None}, "time is null"),
        ({"time": "yesterday"}, "time is a text"),
        ({"time": MAY_1 + 90 * DAY}, "in the future"),
        ({LONG: None}, f"{LONG} is null"),
        ({SHORT: "many"}, "not a number"),
        ({LONG: float("nan")}, "not a finite number"),
    ],
)
def test_a_malformed_bar_is_rejected_with_its_reason(change: dict[str, Any], reason: str) -> None:
    result = parsed({**BARS[1], **change}, BARS[2])
    assert [row[2] for row in result.rows] == [MAY_1 + DAY]
    assert [reason in row.reason for row in result.rejected] == [True]


def test_data_that_is_no_list_is_refused() -> None:
    with pytest.raises(SourceRejected, match="data is null, not a list"):
        parse_liquidations(make_response(LIQUIDATIONS, b'{"code":"0","msg":"success"}', REQUEST))
