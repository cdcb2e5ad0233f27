"""Binance klines at the wire: windows, unfinished bars and malformed rows."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture, make_response

from orchestration.sources.binance import DATASETS, verify_klines
from orchestration.sources.shared.contract import Slice, SourceRejected, SourceUnavailable, Window

DAILY, HOURLY = DATASETS
MAY_1 = 1746057600000
DAY = 86_400_000
BARS: list[list[Any]] = json.loads(fixture("binance/klines_1d.json"))


@pytest.fixture
def bench(httpserver: HTTPServer, tmp_path: Path) -> WireBench:
    return WireBench(httpserver, tmp_path, DAILY)


def body(*bars: list[Any]) -> bytes:
    return json.dumps(bars).encode()


def test_a_window_becomes_one_row_per_closed_day(bench: WireBench) -> None:
    bench.run(fixture("binance/klines_1d.json"), window=Window(FIRST_DAYS.start, NOW))
    assert bench.rows("symbol, open_time, open, high, low, close, volume")[0] == (
        "BTCUSDT",
        MAY_1,
        Decimal("94000"),
        Decimal("97500.5"),
        Decimal("93900.1"),
        Decimal("96500.25"),
        Decimal("21000.12345"),
    )
    assert bench.rows("close_time, quote_volume, trade_count, taker_buy_volume, taker_buy_quote_volume")[0] == (
        MAY_1 + DAY - 1,
        Decimal("2010000000.5"),
        3_500_000,
        Decimal("10500.06172"),
        Decimal("1005000000.25"),
    )
    assert [row[0] for row in bench.rows("open_time")] == [MAY_1, MAY_1 + DAY, MAY_1 + 2 * DAY]
    assert bench.rejection_reasons() == []


def test_bars_outside_of_the_window_are_rejected_and_the_others_loaded(bench: WireBench) -> None:
    """Both ends belong to the window."""
    window = Window.of_days(date(2025, 5, 1), date(2025, 5, 1))
    extraction, _ = bench.run(fixture("binance/klines_1d.json"), window=window)
    assert [row[0] for row in bench.rows("open_time")] == [MAY_1, MAY_1 + DAY]
    assert extraction.outcome == "partial"
    assert bench.rejection_reasons()
    assert all("outside of the window that was requested" in reason for reason in bench.rejection_reasons())


def test_the_request_has_both_ends_in_milliseconds_without_the_last_one(bench: WireBench) -> None:
    bench.run(fixture("binance/klines_1d.json"))
    assert bench.paths == ["/api/v3/klines"]
    assert bench.requested == [
        {
            "symbol": "BTCUSDT",
            "interval": "1d",
            "startTime": str(MAY_1),
            "endTime": str(MAY_1 + 3 * DAY - 1),
            "limit": "1000",
        }
    ]


def test_a_bar_that_ends_now_is_closed_and_one_that_ends_later_is_not(httpserver: HTTPServer, tmp_path: Path) -> None:
    midnight = WireBench(httpserver, tmp_path, DAILY, now=datetime(2025, 5, 4, tzinfo=UTC))
    midnight.run(fixture("binance/klines_1d.json"))
    assert len(midnight.rows("open_time")) == 3


def test_a_bar_is_not_closed_in_its_last_millisecond(httpserver: HTTPServer, tmp_path: Path) -> None:
    early = WireBench(httpserver, tmp_path, DAILY, now=datetime(2025, 5, 3, 23, 59, 59, 998000, tzinfo=UTC))
    early.run(fixture("binance/klines_1d.json"))
    assert len(early.rows("open_time")) == 2


def test_an_empty_past_window_is_reported(bench: WireBench) -> None:
    extraction, loaded = bench.run(b"[]")
    assert (loaded.rows_new, loaded.empty_responses) == (0, ("BTC from 2025-05-01",))
    assert extraction.outcome == "failed"
    assert "no figures for BTC from 2025-05-01, where figures are due" in (extraction.message or "")


@pytest.mark.parametrize(("dataset", "bar"), [(DAILY, timedelta(days=1)), (HOURLY, timedelta(hours=1))])
@pytest.mark.parametrize(("bars", "requests"), [(999, 1), (1000, 1), (1001, 2), (2500, 3)])
def test_no_request_is_for_more_than_a_thousand_bars(dataset: Any, bar: timedelta, bars: int, requests: int) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    planned = list(dataset.plan(Slice("BTC", "BTCUSDT", Window(start, start + bars * bar), NOW)))
    spans = [(int(request.params["startTime"]), int(request.params["endTime"])) for request in planned]
    assert len(planned) == requests
    assert all(last - first < 1000 * bar / timedelta(milliseconds=1) for first, last in spans)
    assert [first for first, _ in spans[1:]] == [last + 1 for _, last in spans[:-1]], "no gap and no overlap"
    assert spans[0][0] == start.timestamp() * 1000
    assert spans[-1][1] == (start + bars * bar).timestamp() * 1000 - 1


def test_pages_have_no_gaps(httpserver: HTTPServer, tmp_path: Path) -> None:
    first_day = date(2022, 8, 1)
    timestamps = [int(datetime(2022, 8, 1, tzinfo=UTC).timestamp() * 1000) + i * DAY for i in range(1005)]
    bars = [[timestamp, *BARS[0][1:6], timestamp + DAY - 1, *BARS[0][7:]] for timestamp in timestamps]
    bench = WireBench(httpserver, tmp_path, DAILY)
    _, loaded = bench.run(
        body(*bars[:1000]),
        body(*bars[1000:]),
        window=Window.of_days(first_day, first_day + timedelta(days=1004)),
    )
    assert loaded.rows_new == 1005
    assert [row[0] for row in bench.rows("open_time")] == timestamps


def test_the_default_hourly_lookback_is_one_request() -> None:
    start = (NOW - HOURLY.lookback).replace(hour=0)
    assert len(list(HOURLY.plan(Slice("BTC", "BTCUSDT", Window(start, NOW.replace(hour=23)), NOW)))) == 1


def test_repeated_and_unsorted_bars_are_stored_once(bench: WireBench) -> None:
    bench.run(body(BARS[2], BARS[0], BARS[1], BARS[0]))
    assert [row[0] for row in bench.rows("open_time")] == [MAY_1, MAY_1 + DAY, MAY_1 + 2 * DAY]


def test_two_versions_of_a_bar_in_one_response_are_rejected(bench: WireBench) -> None:
    bench.run(body(BARS[0], [*BARS[0][:4], "96500.00000000", *BARS[0][5:]], BARS[1]))
    assert [row[0] for row in bench.rows("open_time")] == [MAY_1 + DAY]
    assert len(bench.rejection_reasons()) == 1


@pytest.mark.parametrize(
    "broken",
    [
        [*BARS[0], "a thirteenth value"],
        BARS[0][:-1],
        [*BARS[0][:4], "NaN", *BARS[0][5:]],
        [*BARS[0][:4], {"close": "1"}, *BARS[0][5:]],
        [None, *BARS[0][1:]],
    ],
    ids=["a new column", "a column less", "not a number", "a changed type", "no key"],
)
def test_a_malformed_row_is_rejected_and_the_others_are_loaded(bench: WireBench, broken: list[Any]) -> None:
    bench.run(body(BARS[1], broken))
    assert [row[0] for row in bench.rows("open_time")] == [MAY_1 + DAY]
    assert len(bench.rejection_reasons()) == 1


def test_microseconds_are_refused() -> None:
    in_microseconds = [BARS[0][0] * 1000, *BARS[0][1:6], BARS[0][6] * 1000 + 999, *BARS[0][7:]]
    with pytest.raises(SourceRejected, match="microseconds; milliseconds were expected"):
        verify_klines(make_response(DAILY, body(in_microseconds)))


def test_an_error_object_with_status_200_is_not_an_empty_response() -> None:
    with pytest.raises(SourceRejected, match=r"-1121, Invalid symbol.*asset_symbols\.csv"):
        verify_klines(make_response(DAILY, b'{"code":-1121,"msg":"Invalid symbol."}'))
    with pytest.raises(SourceUnavailable, match="-1003"):
        verify_klines(make_response(DAILY, b'{"code":-1003,"msg":"Too much request weight used."}'))


def test_a_body_truncated_between_two_bars_is_detected() -> None:
    with pytest.raises(SourceUnavailable, match="incomplete"):
        verify_klines(make_response(DAILY, body(*BARS)[:-1]))


def test_a_pretty_printed_body_is_valid() -> None:
    verify_klines(make_response(DAILY, json.dumps(BARS, indent=2).encode() + b"\n"))
