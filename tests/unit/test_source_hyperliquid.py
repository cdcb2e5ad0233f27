"""Hyperliquid at the wire: requests by POST, bars of closed days, hourly rates, windows that fit a page."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture, make_response

from orchestration.sample.server import SampleMarket
from orchestration.settings import SAMPLE_NOW
from orchestration.sources.hyperliquid import (
    DATASETS,
    MAX_RATES,
    parse_candles,
    parse_funding,
    plan_candles,
    plan_funding,
)
from orchestration.sources.shared.contract import Dataset, Parsed, Request, Response, Slice, SourceRejected, Window

CANDLES, FUNDING = DATASETS
MAY_1, DAY, HOUR = 1746057600000, 86_400_000, 3_600_000
CANDLE: dict[str, Any] = json.loads(fixture("hyperliquid/candles_1d.json"))[0]
RATE: dict[str, Any] = json.loads(fixture("hyperliquid/funding_history.json"))[0]
ASKED = {"type": "fundingHistory", "coin": "BTC"}


def parsed(dataset: Dataset, read: Callable[[Response], Parsed], *records: Any) -> Parsed:
    request = Request("/info", subject="BTC", window=FIRST_DAYS, json_body=ASKED)
    return read(make_response(dataset, json.dumps(records).encode(), request))


def test_bars_are_requested_by_post_and_closed_days_stored(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, CANDLES)
    bench.run(fixture("hyperliquid/candles_1d.json"))
    bounds = {"startTime": MAY_1, "endTime": MAY_1 + 3 * DAY - 1}
    asked = {"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "1d", **bounds}}
    assert [json.loads(body) for body in bench.bodies] == [asked]
    rows = bench.rows("opened, open, high, low, close, volume, trade_count")
    prices = map(Decimal, ("94180", "97430", "94120", "96490.5", "21034.51234"))
    assert rows[0] == (MAY_1, *prices, 165012)
    assert [row[0] for row in rows] == [MAY_1, MAY_1 + DAY, MAY_1 + 2 * DAY]


def test_rates_keep_their_sign_and_all_digits(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, FUNDING)
    bench.run(fixture("hyperliquid/funding_history.json"))
    assert bench.rows("time, funding_rate") == [
        (MAY_1 + 12, Decimal("0.0000125")),
        (MAY_1 + HOUR + 4, Decimal("-0.000004275")),
        (MAY_1 + 2 * HOUR, Decimal("0.0000125")),
    ]


def test_windows_fit_a_page_and_weigh_what_they_return() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    wanted = Slice("ETH", "ETH", Window(start, start + timedelta(days=501)), NOW)
    candles, rates = list(plan_candles(wanted)), list(plan_funding(wanted))
    assert (len(candles), len(rates)) == (2, 26)
    assert {request.weight for request in candles} == {29}
    spans = [request.json_body["endTime"] - request.json_body["startTime"] for request in rates if request.json_body]
    assert max(spans) // HOUR + 1 < MAX_RATES


def test_a_full_page_of_rates_is_refused_because_it_may_lack_some() -> None:
    with pytest.raises(SourceRejected, match="a full page"):
        parsed(FUNDING, parse_funding, *[RATE] * MAX_RATES)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"s": "ETH"}, "was not requested"),
        ({"t": MAY_1 // 1000}, "in seconds"),
        ({"t": MAY_1 + 1}, "no midnight in UTC"),
        ({"t": MAY_1 + 40 * DAY}, "in the future"),
        ({"h": None}, "h is null"),
        ({"n": "many"}, "n is a text"),
    ],
)
def test_a_malformed_bar_is_rejected_with_its_reason_and_the_others_are_kept(
    changed: dict[str, Any], reason: str
) -> None:
    other = CANDLE | {"t": MAY_1 + DAY}
    result = parsed(CANDLES, parse_candles, CANDLE | changed, other, other)
    assert [row[1] for row in result.rows] == [MAY_1 + DAY]
    assert [reason in row.reason for row in result.rejected] == [True], result.rejected


def test_impossible_figures_are_rejected_at_the_door(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, CANDLES)
    _, bars = bench.run(json.dumps([CANDLE | {"h": "90000"}, CANDLE | {"t": MAY_1 + DAY}]).encode())
    assert (bars.rows_new, bars.rejected) == (1, 1)
    httpserver.clear()
    _, rates = WireBench(httpserver, tmp_path, FUNDING).run(json.dumps([RATE | {"fundingRate": "1.25"}]).encode())
    assert (rates.rows_new, rates.rejected) == (0, 1)


def test_the_sample_answers_a_post_and_refuses_an_unknown_coin() -> None:
    bounds = {"startTime": MAY_1, "endTime": MAY_1 + DAY - 1}
    with SampleMarket(SAMPLE_NOW, full=True) as market:
        for coin, status, count in (("BTC", 200, 24), ("NOPE", 500, None)):
            asked = json.dumps({"type": "fundingHistory", "coin": coin, **bounds}).encode()
            response = market.respond("/hyperliquid/info", {}, asked)
            rates = json.loads(response.body)
            assert (response.status, None if rates is None else len(rates)) == (status, count)
