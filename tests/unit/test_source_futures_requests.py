"""The requests for futures figures to Binance, Bybit and OKX: windows, pages, limits and errors."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from futures_points import (
    BINANCE_BARS,
    BINANCE_LEVELS,
    BINANCE_RATES,
    BYBIT_BARS,
    BYBIT_LEVELS,
    BYBIT_PRICES,
    BYBIT_RATES,
    DAY,
    HOUR,
    MIDNIGHT,
    OKX_ACCOUNTS,
    OKX_LEVELS,
    OKX_RATES,
    POINTS,
    good,
    planned,
    records,
    stamp_name,
    with_records,
)
from pytest_httpserver import HTTPServer
from werkzeug import Response as WireResponse
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture

from orchestration.sources.shared.contract import Dataset, Window


def test_binance_requests_have_both_ends_and_the_documented_limits(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, BINANCE_LEVELS)
    bench.run(fixture("binance_futures/open_interest_1h.json"))
    assert bench.paths == ["/futures/data/openInterestHist"]
    ends = {"startTime": str(MIDNIGHT - DAY), "endTime": str(MIDNIGHT + 2 * DAY)}
    assert bench.requested == [{"symbol": "BTCUSDT", "period": "1h", "limit": "500", **ends}]


def test_bars_of_perpetuals_are_requested_of_the_futures_markets(httpserver: HTTPServer, tmp_path: Path) -> None:
    """Bybit's path has spot bars for another category; Binance's host counts a page as one request."""
    bench = WireBench(httpserver, tmp_path, BINANCE_BARS)
    bench.run(fixture("binance_futures/klines_1d.json"))
    ends = {"startTime": str(MIDNIGHT - DAY), "endTime": str(MIDNIGHT + 2 * DAY - 1)}
    assert bench.paths == ["/fapi/v1/klines"]
    assert bench.requested == [{"symbol": "BTCUSDT", "interval": "1d", "limit": "1000", **ends}]
    assert bench.rows("open_time, high, low")[0] == (MIDNIGHT - DAY, Decimal(97430), Decimal("94000.5"))
    assert {request.weight for request in planned(BINANCE_BARS, FIRST_DAYS)} == {1}
    (request,) = planned(BYBIT_BARS, FIRST_DAYS)
    ends = {"start": str(MIDNIGHT - DAY), "end": str(MIDNIGHT + 2 * DAY)}
    assert request.path == "/v5/market/kline"
    assert request.params == {"category": "linear", "symbol": "BTCUSDT", "interval": "D", "limit": "200", **ends}


def test_levels_of_binance_are_requested_for_thirty_days_only() -> None:
    requests = planned(BINANCE_LEVELS, Window(datetime(2024, 1, 1, tzinfo=UTC), NOW))
    assert requests[0].window == Window(NOW - timedelta(days=29), NOW - timedelta(days=9))
    assert len(requests) == 2, "480 hours per page"
    assert planned(BINANCE_LEVELS, Window.of_days(date(2024, 1, 1), date(2024, 1, 31))) == []
    assert len(planned(BINANCE_RATES, Window.of_days(date(2024, 1, 1), date(2024, 1, 31)))) == 1


def test_okx_requests_are_for_kept_utc_days_with_exclusive_ends(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, OKX_LEVELS)
    bench.run(fixture("okx_futures/open_interest_1d.json"))
    assert bench.paths == ["/api/v5/rubik/stat/contracts/open-interest-history"]
    ends = {"begin": str(MIDNIGHT - DAY - 1), "end": str(MIDNIGHT + 2 * DAY)}
    assert bench.requested == [{"instId": "BTC-USDT-SWAP", "period": "1Dutc", "limit": "100", **ends}]
    (request,) = planned(OKX_LEVELS, Window(datetime(2020, 1, 1, tzinfo=UTC), NOW))
    assert request.window == Window((NOW - timedelta(days=1440)).replace(hour=0), NOW)
    (request,) = planned(OKX_RATES, Window(datetime(2024, 1, 1, tzinfo=UTC), NOW))
    assert request.window == Window((NOW - timedelta(days=90)).replace(hour=0), NOW)
    assert planned(OKX_RATES, Window.of_days(date(2024, 1, 1), date(2024, 1, 31))) == []


def okx_days(found: Dataset, newest: int, count: int) -> bytes:
    """A page of days, newest first, that ends with the day stamped `newest`."""
    record = records(found, good(found))[0]
    page = [[str(newest - number * DAY), *record[1:]] for number in range(count)]
    return json.dumps(with_records(found, page)).encode()


TOO_OLD = b'{"code":"50030","msg":"Illegal time range","data":[]}'
NO_MORE = b'{"code":"0","msg":"","data":[]}'
LAST_DAY = MIDNIGHT + DAY
"""3 May 2025, the last closed day."""


@pytest.mark.parametrize("found", [OKX_LEVELS, OKX_ACCOUNTS], ids=lambda found: found.table)
def test_days_of_okx_are_requested_page_by_page_back_to_2024(
    httpserver: HTTPServer, tmp_path: Path, found: Dataset
) -> None:
    """488 days are five pages; the last request begins with the window, the others are full pages."""
    pages = [okx_days(found, LAST_DAY - number * 100 * DAY, 100) for number in range(4)]
    first = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp() * 1000)
    rest = (LAST_DAY - first) // DAY + 1 - 400
    bench = WireBench(httpserver, tmp_path, found)
    extraction, loaded = bench.run(
        *pages, okx_days(found, LAST_DAY - 400 * DAY, rest), window=Window(datetime(2020, 1, 1, tzinfo=UTC), NOW)
    )
    assert (extraction.outcome, loaded.rows_new, loaded.empty_responses) == ("complete", 400 + rest, ())
    ends = [int(params["end"]) for params in bench.requested]
    assert ends[1:] == [LAST_DAY - (100 * number - 1) * DAY for number in range(1, 5)]
    assert [params.get("begin") for params in bench.requested] == [None] * 4 + [str(first - 1)]
    assert [timestamp for (timestamp,) in bench.rows("ts")] == list(range(first, LAST_DAY + 1, DAY))


@pytest.mark.parametrize("end", [TOO_OLD, NO_MORE, None], ids=["refused", "empty", "short"])
def test_empty_pages_of_okx_show_its_retention(httpserver: HTTPServer, tmp_path: Path, end: bytes | None) -> None:
    """The retention is sometimes only 180 days."""
    pages = [okx_days(OKX_LEVELS, LAST_DAY, 100), end or okx_days(OKX_LEVELS, LAST_DAY - 100 * DAY, 80)]
    bench = WireBench(httpserver, tmp_path, OKX_LEVELS)
    extraction, loaded = bench.run(*pages, window=None)
    assert (extraction.outcome, extraction.message) == ("complete", None)
    assert (len(bench.requested), loaded.rows_new) == (2, 100 if end else 180)


def test_an_error_on_the_newest_page_of_okx_is_a_failure(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, OKX_LEVELS)
    extraction, _ = bench.run(TOO_OLD)
    assert extraction.outcome == "failed"
    assert "50030, Illegal time range" in str(extraction.message)


def test_bybit_windows_fit_a_page_without_gaps() -> None:
    for found, days, most in ((BYBIT_LEVELS, 198, 200), (BYBIT_RATES, 60, 200), (BYBIT_BARS, 198, 200)):
        requests = planned(found, Window(NOW - timedelta(days=400), NOW))
        windows = [request.window for request in requests if request.window]
        assert {window.end - window.start for window in windows[:-1]} == {timedelta(days=days)}
        assert all(one.end == next_.start for one, next_ in pairwise(windows))
        assert {request.params["limit"] for request in requests} == {str(most)}
        assert all(len({"startTime", "endTime", "start", "end"} & request.params.keys()) == 2 for request in requests)


@pytest.mark.parametrize(
    "found", [*POINTS, BYBIT_PRICES, BYBIT_BARS, OKX_LEVELS, OKX_ACCOUNTS], ids=lambda found: found.table
)
def test_an_empty_past_window_is_reported(httpserver: HTTPServer, tmp_path: Path, found: Dataset) -> None:
    bench = WireBench(httpserver, tmp_path, found)
    _, loaded = bench.run(json.dumps(with_records(found, [])).encode())
    assert (loaded.rows_new, loaded.empty_responses) == (0, ("BTC from 2025-05-01",))


@pytest.mark.parametrize(
    ("found", "most", "next_param"),
    [
        (BINANCE_RATES, 1000, ("startTime", lambda timestamps: max(timestamps) + 1)),
        (BYBIT_RATES, 200, ("endTime", lambda timestamps: min(timestamps) - 1)),
        (OKX_RATES, 100, ("after", min)),
    ],
    ids=lambda value: value.table if isinstance(value, Dataset) else "",
)
def test_no_rate_is_lost_after_a_full_page(
    httpserver: HTTPServer, tmp_path: Path, found: Dataset, most: int, next_param: Any
) -> None:
    """Contracts that settle every hour: no rate is lost or duplicated at the boundary of a page."""
    name, expected = next_param
    timestamps = [MIDNIGHT + 2 * DAY - number * HOUR for number in range(most)]
    record, timestamp = records(found, good(found))[0], stamp_name(found)
    page = [{**record, timestamp: type(record[timestamp])(at)} for at in timestamps]
    older = {**record, timestamp: type(record[timestamp])(timestamps[-1] - HOUR)}
    bench = WireBench(httpserver, tmp_path, found)
    window = Window(FIRST_DAYS.start - timedelta(days=50), FIRST_DAYS.end)
    bench.run(*(json.dumps(with_records(found, body)).encode() for body in (page, [older])), window=window)
    assert [int(params[name]) for params in bench.requested[1:]] == [expected(timestamps)]
    assert len(bench.rows("1")) == most + 1


@pytest.mark.parametrize(("found", "status"), [(BYBIT_LEVELS, 403), (BINANCE_RATES, 451)], ids=["bybit", "binance"])
def test_a_blocked_region_is_reported_with_the_variable_to_set(
    httpserver: HTTPServer, tmp_path: Path, found: Dataset, status: int
) -> None:
    bench = WireBench(httpserver, tmp_path, found)
    extraction, _ = bench.run(WireResponse("The Amazon CloudFront distribution is configured to block access", status))
    assert extraction.outcome == "failed"
    assert f"returned {status}" in str(extraction.message)
    assert found.provider.url_variable in str(extraction.message)
    assert len(bench.paths) == 1


def test_the_retry_after_of_binance_is_respected(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, BINANCE_RATES)
    banned = WireResponse("Way too many requests", 418, {"Retry-After": "0"})
    extraction, loaded = bench.run(banned, fixture("binance_futures/funding_rate.json"))
    assert (extraction.outcome, loaded.rows_new) == ("complete", 3)
