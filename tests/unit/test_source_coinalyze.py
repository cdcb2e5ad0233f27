"""Coinalyze at the wire: symbols that count as requests, silent errors, seconds, percent."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response as WireResponse
from wire_bench import FIRST_DAYS, KEY, NOW, WireBench, fixture, make_response

from orchestration.ingest.extract import extract
from orchestration.ingest.http import HttpClient
from orchestration.sample.server import SampleMarket
from orchestration.settings import Settings
from orchestration.sources.coinalyze import (
    DATASETS,
    HISTORIES,
    PROVIDER,
    next_history,
    parse_exchanges,
    parse_histories,
    plan_histories,
)
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, SourceUnavailable, Window
from orchestration.sources.shared.registry import symbols

EXCHANGES, HISTORY = DATASETS
MAY_1 = 1746057600
DAY = 86_400
MARKETS = fixture("coinalyze/future_markets.json")
BODIES = {name: fixture(f"coinalyze/{name.replace('-', '_')}.json") for name in HISTORIES}
BTC_PERPETUALS = "BTCUSDT_PERP.A,BTCUSD_PERP.A,BTC_USDT.Y"


def request(endpoint: str, symbols: str = BTC_PERPETUALS, window: Window = FIRST_DAYS) -> Request:
    return Request(f"/v1/{endpoint}", {"symbols": symbols}, "BTC", window)


def parsed(endpoint: str, body: Any, **requested: Any) -> Parsed:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse_histories(make_response(HISTORY, text, request(endpoint, **requested)))


def chain(markets: bytes, window: Window = FIRST_DAYS) -> list[Request]:
    """Every request of one coin."""
    requested = [next(plan_histories(Slice("BTC", "BTC", window, NOW)))]
    while (following := next_history(make_response(HISTORY, markets, requested[-1]))) is not None:
        requested.append(following)
    return requested


@pytest.fixture
def bench(httpserver: HTTPServer, tmp_path: Path) -> WireBench:
    return WireBench(httpserver, tmp_path, HISTORY)


def test_the_histories_of_every_perpetual_of_the_coin_become_rows(bench: WireBench) -> None:
    extraction, _ = bench.run(MARKETS, *BODIES.values())
    assert extraction.outcome == "complete", extraction.message
    assert bench.rows("endpoint, symbol, t, base_asset, o, l, c, r, s") == [
        (
            "funding-rate-history", "BTCUSDT_PERP.A", MAY_1, "BTC",
            Decimal("-0.000582"), Decimal("-0.000582"), Decimal("0.0041"), None, None,
        ),
        ("liquidation-history", "BTCUSDT_PERP.A", MAY_1, "BTC", None, Decimal("1200000.5"), None, None, 8_000_000),
        (
            "liquidation-history", "BTCUSDT_PERP.A", MAY_1 + DAY, "BTC",
            None, 3_400_000, None, None, Decimal("100000.25"),
        ),
        ("liquidation-history", "BTCUSDT_PERP.A", MAY_1 + 2 * DAY, "BTC", None, 500, None, None, 600),
        ("liquidation-history", "BTC_USDT.Y", MAY_1, "BTC", None, 10, None, None, 20),
        (
            "long-short-ratio-history", "BTCUSDT_PERP.A", MAY_1, "BTC",
            None, Decimal("54.35"), None, Decimal("1.1906"), Decimal("45.65"),
        ),
        (
            "open-interest-history", "BTCUSDT_PERP.A", MAY_1, "BTC",
            7_000_000_000, 6_900_000_000, Decimal("7050000000.25"), None, None,
        ),
    ]  # fmt: skip


def test_perpetuals_are_selected_by_their_description_and_requested_in_dollars(bench: WireBench) -> None:
    bench.run(MARKETS, *BODIES.values())
    assert bench.paths == ["/v1/future-markets", *(f"/v1/{name}" for name in HISTORIES)]
    assert {params["symbols"] for params in bench.requested[1:]} == {BTC_PERPETUALS}
    assert [params.get("convert_to_usd") for params in bench.requested] == [None, "true", "true", None, None]


def test_the_list_of_markets_is_requested_once_a_run(tmp_path: Path) -> None:
    with SampleMarket(full=True) as market:
        settings = Settings.load(market.environment() | {"WAREHOUSE_HOME": str(tmp_path)})
        settings = settings.model_copy(update={"is_rate_limited": False})
        with HttpClient(settings) as client:
            extraction = extract(HISTORY, settings, client, symbols("coinalyze"), market.now)
    paths = [path.partition("?")[0] for path in market.requested]
    assert extraction.outcome == "complete"
    assert paths.count("/coinalyze/v1/future-markets") == 1
    requests = [response.request for response in extraction.responses]
    subjects = [request.subject for request in requests if request.path == "/v1/future-markets"]
    assert len(subjects) == len(set(subjects)) > 5, "each asset has it among its responses"


def test_timestamps_are_seconds_and_both_ends_are_requested(bench: WireBench) -> None:
    bench.run(MARKETS, *BODIES.values())
    assert {(params["from"], params["to"]) for params in bench.requested[1:]} == {
        (str(MAY_1), str(MAY_1 + 3 * DAY - 1))
    }


def test_the_key_is_in_no_url(bench: WireBench) -> None:
    """The sample market checks the header: the server of this bench drops names with an underscore."""
    bench.run(MARKETS, *BODIES.values())
    assert KEY not in str(bench.requested) + str(bench.paths)
    with SampleMarket(full=True) as market:
        path = "/coinalyze/v1/exchanges"
        assert market.respond(path, {}).status == 401
        assert market.respond(path, {str(PROVIDER.key_header): "sample-coinalyze-key"}).status == 200


def test_every_symbol_counts_and_a_request_has_at_most_twenty() -> None:
    market = json.loads(MARKETS)[0]
    markets = json.dumps([market | {"symbol": f"BTC{number:02}.A"} for number in range(26)]).encode()
    requested = chain(markets)[1:]
    assert [len(params.params["symbols"].split(",")) for params in requested] == [20, 6] * 4
    assert [params.weight for params in requested] == [20, 6] * 4
    assert (PROVIDER.rate.requests, PROVIDER.rate.seconds) == (40, 60)


def test_a_history_that_lacks_a_page_waits_for_it_and_the_others_are_loaded(bench: WireBench) -> None:
    """A day's sum without the markets of the second page would be too small."""
    market = json.loads(MARKETS)[0]
    names = [f"BTC{number:02}.A" for number in range(26)]
    markets = json.dumps([market | {"symbol": name} for name in names]).encode()

    def page(*symbols: str) -> bytes:
        return json.dumps([{"symbol": name, "history": [{"t": MAY_1, "l": 1, "s": 2}]} for name in symbols]).encode()

    first, second, failed = page(*names[:20]), page(*names[20:]), WireResponse(b'{"message":"no"}', status=400)
    extraction, loaded = bench.run(markets, first, failed)
    assert (extraction.outcome, loaded.rows_new, bench.rows("t")) == ("partial", 0, [])
    levels = page(*names[:20]).replace(b'"l": 1, "s": 2', b'"o": 1, "h": 1, "l": 1, "c": 1')
    extraction, loaded = bench.run(markets, first, second, levels, failed)
    assert (extraction.outcome, loaded.rows_new) == ("partial", 26)
    assert {endpoint for (endpoint,) in bench.rows("endpoint")} == {"liquidation-history"}


def test_a_coin_without_a_perpetual_is_reported(bench: WireBench) -> None:
    extraction, _ = bench.run(b"[]")
    assert "no perpetual of BTC is listed" in str(extraction.message)


def test_no_data_of_recent_days_is_an_error(bench: WireBench) -> None:
    extraction, loaded = bench.run(MARKETS, b"[]", window=None)
    assert extraction.outcome == "partial"
    assert "no data for any of the 3 requested symbols" in str(extraction.message)
    assert loaded.rows_new == 0


def test_no_data_of_old_days_is_no_error() -> None:
    long_ago = Window(datetime(2015, 1, 1, tzinfo=UTC), datetime(2016, 1, 1, tzinfo=UTC))
    assert parsed("liquidation-history", [], window=long_ago).rows == []


def test_a_missing_symbol_is_a_notice_and_the_others_are_loaded() -> None:
    result = parsed("liquidation-history", BODIES["liquidation-history"])
    assert len(result.rows) == 4
    assert [row.reason for row in result.rejected] == ["BTCUSD_PERP.A was requested and has no data"]


def test_the_running_day_is_left_out() -> None:
    days = {row[2] for row in parsed("liquidation-history", BODIES["liquidation-history"]).rows}
    assert max(days) == MAY_1 + 2 * DAY == int((NOW - timedelta(days=1, hours=6)).timestamp())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"t": MAY_1 + 8 * 3600}, "no midnight"),
        ({"t": MAY_1 + 90 * DAY}, "in the future"),
    ],
)
def test_a_malformed_point_is_rejected_with_its_reason(change: dict[str, Any], reason: str) -> None:
    point = {"t": MAY_1, "l": 1, "s": 2}
    history = [{"symbol": "BTC_USDT.Y", "history": [point | change, point | {"t": MAY_1 + DAY}]}]
    result = parsed("liquidation-history", history, symbols="BTC_USDT.Y")
    assert [row[2] for row in result.rows] == [MAY_1 + DAY]
    assert [reason in row.reason for row in result.rejected] == [True]


def test_a_symbol_that_was_not_requested_is_rejected() -> None:
    stranger = [{"symbol": "ETHUSDT_PERP.A", "history": [{"t": MAY_1, "l": 1, "s": 2}]}]
    result = parsed("liquidation-history", stranger + json.loads(BODIES["liquidation-history"]))
    assert {row[1] for row in result.rows} == {"BTCUSDT_PERP.A", "BTC_USDT.Y"}
    assert "ETHUSDT_PERP.A was not requested" in [row.reason for row in result.rejected]


def test_a_new_field_is_named() -> None:
    history = [{"symbol": "BTC_USDT.Y", "history": [{"t": MAY_1, "l": 1, "s": 2, "n": 3}]}]
    result = parsed("liquidation-history", history, symbols="BTC_USDT.Y")
    assert (len(result.rows), result.rejected[0].reason) == (1, "unknown column n: not loaded; the rows were kept")


def test_codes_are_resolved_by_the_provider(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, EXCHANGES)
    bench.run(fixture("coinalyze/exchanges.json"))
    assert bench.rows("code, name") == [("4", "Huobi"), ("A", "Binance"), ("Y", "Gate.io")]
    assert bench.requested == [{}]


@pytest.mark.parametrize(("status", "next_step"), [(401, "check COINALYZE_API_KEY"), (400, "check the subject")])
def test_an_error_names_the_next_step(bench: WireBench, status: int, next_step: str) -> None:
    extraction, _ = bench.run(WireResponse(b'{"message":"no"}', status=status))
    assert next_step in str(extraction.message)


def test_a_fractional_retry_after_is_respected(bench: WireBench) -> None:
    busy = WireResponse(b'{"message":"Too Many Requests"}', status=429, headers={"Retry-After": "0.4"})
    extraction, loaded = bench.run(MARKETS, busy, *BODIES.values())
    assert (extraction.outcome, loaded.rows_new) == ("complete", 7)


def test_a_list_of_something_else_is_a_changed_format() -> None:
    with pytest.raises(SourceRejected, match="the format has changed"):
        parsed("liquidation-history", [{"s": "BTC"}])
    with pytest.raises(SourceRejected, match="the format has changed"):
        parse_exchanges(make_response(EXCHANGES, b'{"message":"hello"}'))
    with pytest.raises(SourceUnavailable):
        parse_histories(make_response(HISTORY, b"[{", request("liquidation-history")))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"t": MAY_1 * 1000}, "t is in milliseconds"),
        ({"c": "12"}, "c is a text, not a number"),
        ({"c": None}, "c is null"),
        ({"c": -5}, "c is -5, must be at least 0"),
    ],
)
def test_a_day_whose_sum_would_miss_a_market_is_left_out(bench: WireBench, change: dict[str, Any], reason: str) -> None:
    """The markets of a coin are summed. The next day, and rows of this one stored earlier, are kept."""
    point = {"t": MAY_1, "o": 1, "h": Decimal("1.0125"), "l": 1, "c": 1}
    days = [point, point | {"t": MAY_1 + DAY}]

    def body(first: dict[str, Any]) -> bytes:
        points_of = {"BTCUSDT_PERP.A": [point | first, days[1]], "BTC_USDT.Y": days, "BTCUSD_PERP.A": days}
        histories = [{"symbol": symbol, "history": history} for symbol, history in points_of.items()]
        return json.dumps(histories, default=float).encode()

    bench.run(MARKETS, *(BODIES | {"open-interest-history": body(change)}).values())
    stored = [t for endpoint, t in bench.rows("endpoint, t") if endpoint == "open-interest-history"]
    assert stored == [MAY_1 + DAY] * 3
    refusals = bench.rejection_reasons()
    assert any(reason in refusal for refusal in refusals)
    assert (
        f"open-interest-history BTC {MAY_1}: all rows are rejected, because a sum without open-interest-history "
        f"BTCUSDT_PERP.A {MAY_1}, which was rejected, would be wrong"
    ) in refusals


def test_a_rate_may_be_negative_and_a_sum_may_not(bench: WireBench) -> None:
    bodies = {name: body.replace(b"8000000", b"-8000000") for name, body in BODIES.items()}
    assert bodies != BODIES
    bench.run(MARKETS, *bodies.values())
    assert "s is -8000000, must be at least 0 and below 10^15" in bench.rejection_reasons()
    assert bench.rows("o")[0] == (Decimal("-0.000582"),)
