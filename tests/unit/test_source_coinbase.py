"""Coinbase candles at the wire: column order, bounds and malformed candles."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture, make_response

from orchestration.sources.coinbase import DATASETS, parse_candles, plan_candles
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, SourceUnavailable, Window

(CANDLES,) = DATASETS
MAY_1 = 1746057600
DAY = 86_400
NEWEST_FIRST: list[list[Any]] = json.loads(fixture("coinbase/candles_1d.json"))
REQUEST = Request("/products/BTC-USD/candles", subject="BTC", window=FIRST_DAYS)


@pytest.fixture
def bench(httpserver: HTTPServer, tmp_path: Path) -> WireBench:
    return WireBench(httpserver, tmp_path, CANDLES)


def parsed(*candles: Any, request: Request = REQUEST) -> Parsed:
    return parse_candles(make_response(CANDLES, json.dumps(candles).encode(), request))


def test_low_and_high_come_first_and_the_oldest_day_is_stored_first(bench: WireBench) -> None:
    bench.run(fixture("coinbase/candles_1d.json"), window=Window(FIRST_DAYS.start, NOW))
    rows = bench.rows("product_id, time, open, high, low, close, volume")
    assert rows[0] == (
        "BTC-USD",
        MAY_1,
        Decimal("93990"),
        Decimal("97490"),
        Decimal("93890.75"),
        Decimal("96490.4"),
        Decimal("7999.12345678"),
    )
    assert [row[1] for row in rows] == [MAY_1, MAY_1 + DAY, MAY_1 + 2 * DAY], "the running 4 May is left out"
    assert bench.rejection_reasons() == []


def test_both_bounds_are_always_sent(bench: WireBench) -> None:
    bench.run(b"[]")
    assert bench.paths == ["/products/BTC-USD/candles"]
    assert bench.requested == [
        {"granularity": "86400", "start": "2025-05-01T00:00:00Z", "end": "2025-05-03T23:59:59Z"},
    ]


def test_an_empty_past_window_is_reported(bench: WireBench) -> None:
    _, loaded = bench.run(b"[]")
    assert (loaded.rows_new, loaded.empty_responses) == (0, ("BTC from 2025-05-01",))


@pytest.mark.parametrize(("days", "requests"), [(290, 1), (291, 2), (581, 3)])
def test_windows_stay_below_the_limit_of_300(days: int, requests: int) -> None:
    start = datetime(2023, 1, 1, tzinfo=UTC)
    planned = list(plan_candles(Slice("BTC", "BTC-USD", Window(start, start + timedelta(days=days)), NOW)))
    edges = [(request.params["start"], request.params["end"]) for request in planned]
    assert len(planned) == requests
    for (_, end), (next_start, _) in pairwise(edges):
        assert datetime.fromisoformat(next_start) - datetime.fromisoformat(end) == timedelta(seconds=1)


def test_candles_outside_the_window_are_left_out() -> None:
    shifted = [[MAY_1 - DAY, 1, 2, 1, 2, 3], NEWEST_FIRST[-1], [MAY_1 + 3 * DAY, 1, 2, 1, 2, 3]]
    result = parsed(*shifted)
    assert [row[1] for row in result.rows] == [MAY_1]
    assert result.rejected == []


def test_days_without_a_trade_stay_absent() -> None:
    assert [row[1] for row in parsed(NEWEST_FIRST[1], NEWEST_FIRST[3]).rows] == [MAY_1, MAY_1 + 2 * DAY]


def test_a_repeated_candle_is_one_row() -> None:
    assert len(parsed(NEWEST_FIRST[3], NEWEST_FIRST[3]).rows) == 1


@pytest.mark.parametrize(
    ("candle", "reason"),
    [
        ([*NEWEST_FIRST[3], 7], "six values"),
        (NEWEST_FIRST[3][:5], "six values"),
        ({"time": MAY_1}, "six values"),
        ([MAY_1 * 1000, *NEWEST_FIRST[3][1:]], "milliseconds; seconds"),
        ([MAY_1 + 3600, *NEWEST_FIRST[3][1:]], "no midnight"),
        ([MAY_1 + 30 * DAY, *NEWEST_FIRST[3][1:]], "in the future"),
        ([str(MAY_1), *NEWEST_FIRST[3][1:]], "time is a text, not a whole number"),
        ([MAY_1, "93890.75", *NEWEST_FIRST[3][2:]], "low is a text, not a number"),
        ([MAY_1, float("nan"), *NEWEST_FIRST[3][2:]], "low is NaN, not a finite number"),
        ([MAY_1, True, *NEWEST_FIRST[3][2:]], "low is a boolean"),
        ([None, *NEWEST_FIRST[3][1:]], "time is null"),
        ([MAY_1, *NEWEST_FIRST[3][1:5], None], "volume is null"),
    ],
)
def test_a_malformed_candle_is_rejected_with_its_reason_and_the_others_are_kept(candle: Any, reason: str) -> None:
    result = parsed(candle, NEWEST_FIRST[2])
    assert [row[1] for row in result.rows] == [MAY_1 + DAY]
    assert [reason in row.reason for row in result.rejected] == [True]
    assert result.rejected[0].record == json.dumps(candle)


def test_all_digits_are_kept() -> None:
    body = b"[[1746057600,0.00000001,123456789.12345678,2,2.50,1e3]]"
    (row,) = parse_candles(make_response(CANDLES, body, REQUEST)).rows
    assert [str(value) for value in row[2:]] == ["1E-8", "123456789.12345678", "2", "2.50", "1E+3"]


def test_numbers_in_scientific_form_reach_the_table(bench: WireBench) -> None:
    bench.run(b"[[1746057600,1e-8,3,2,2.50,1e3]]")
    assert bench.rows("low, volume") == [(Decimal("0.00000001"), Decimal("1000"))]


def test_a_message_with_status_200_is_an_error() -> None:
    with pytest.raises(SourceRejected, match="NotFound; check the product"):
        parse_candles(make_response(CANDLES, b'{"message":"NotFound"}', REQUEST))
    with pytest.raises(SourceUnavailable, match="run again later"):
        parse_candles(make_response(CANDLES, b'{"message":"Public rate limit exceeded"}', REQUEST))
