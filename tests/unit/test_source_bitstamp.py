"""Bitstamp bars at the wire: a limit that overrides the window, values as texts, errors in three forms."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture, make_response

from orchestration.sources.bitstamp import DATASETS, parse_ohlc, plan_ohlc
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, SourceUnavailable, Window
from tests.recordings import RECORDED, needs_recordings

(BARS,) = DATASETS
MAY_1 = 1746057600
DAY = 86_400
GOOD: list[dict[str, str]] = json.loads(fixture("bitstamp/ohlc_1d.json"))["data"]["ohlc"]
REQUEST = Request("/api/v2/ohlc/btcusd/", subject="BTC", window=FIRST_DAYS)
RESPONSES = RECORDED / "responses" / "bitstamp"


def parsed(*bars: Any) -> Parsed:
    body = {"data": {"pair": "BTC/USD", "ohlc": bars}}
    return parse_ohlc(make_response(BARS, json.dumps(body).encode(), REQUEST))


def test_the_limit_sent_is_the_number_of_days_in_the_window(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, BARS)
    bench.run(fixture("bitstamp/ohlc_1d.json"), window=Window(FIRST_DAYS.start, NOW))
    assert bench.paths == ["/api/v2/ohlc/btcusd/"]
    window = {"start": str(MAY_1), "end": str(int(NOW.timestamp()) - 1)}
    assert bench.requested == [{"step": "86400", "limit": "4", **window}], "the running day is one of the four"
    rows = bench.rows("pair, timestamp, open, high, low, close, volume")
    assert [row[1] for row in rows] == [MAY_1, MAY_1 + DAY, MAY_1 + 2 * DAY], "the running 4 May is left out"
    figures = ("93992", "97485", "93885", "96485", "1100.12345678")
    assert rows[0] == ("btcusd", MAY_1, *(Decimal(figure) for figure in figures))


@pytest.mark.parametrize(("days", "limits"), [(1, ["1"]), (1000, ["1000"]), (1001, ["1000", "1"])])
def test_windows_have_at_most_a_thousand_bars(days: int, limits: list[str]) -> None:
    start = datetime(2011, 8, 18, tzinfo=UTC)
    planned = list(plan_ohlc(Slice("BTC", "btcusd", Window(start, start + timedelta(days=days)), NOW)))
    assert [request.params["limit"] for request in planned] == limits
    for first, second in pairwise(planned):
        assert int(second.params["start"]) - int(first.params["end"]) == 1


def test_bars_beyond_the_window_because_of_a_large_limit_are_left_out() -> None:
    before, after = dict(GOOD[0], timestamp=str(MAY_1 - DAY)), dict(GOOD[0], timestamp=str(MAY_1 + 3 * DAY))
    assert [row[1] for row in parsed(before, GOOD[0], after).rows] == [MAY_1]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"timestamp": MAY_1}, "timestamp is a number, not a text"),
        ({"timestamp": "yesterday"}, "not seconds since 1970"),
        ({"timestamp": str(MAY_1 + 1)}, "no midnight"),
        ({"timestamp": str(MAY_1 * 1000)}, "milliseconds; seconds"),
        ({"open": ""}, "open is '', not a number"),
        ({"close": "NaN"}, "not a finite number"),
        ({"volume": None}, "volume is null"),
    ],
)
def test_a_malformed_bar_is_rejected_with_its_reason_and_the_others_are_kept(changed: Any, reason: str) -> None:
    result = parsed(GOOD[0] | changed, GOOD[1])
    assert [row[1] for row in result.rows] == [MAY_1 + DAY]
    assert [reason in row.reason for row in result.rejected] == [True]


def test_a_new_column_is_reported_and_the_rows_are_kept() -> None:
    result = parsed(GOOD[0] | {"vwap": "1"}, GOOD[1])
    assert len(result.rows) == 2
    assert [row.record for row in result.rejected] == ["vwap"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"status": "error", "reason": "Invalid pair", "code": "404.002"}, SourceRejected),
        ({"error": "No such pair"}, SourceRejected),
        ({"code": "API0000", "errors": [{"step": ["Not valid"]}]}, SourceRejected),
        ({"code": "400.002", "message": "Request rate limit exceeded"}, SourceUnavailable),
        ({"anything": 1}, SourceRejected),
    ],
)
def test_errors_with_status_200_raise(body: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="bitstamp ohlc_1d for BTC"):
        parse_ohlc(make_response(BARS, json.dumps(body).encode(), REQUEST))


@needs_recordings
def test_a_recorded_response_has_the_expected_shape() -> None:
    body = (RESPONSES / "ccxt_bitstamp_fetchOHLCV_1h.json").read_bytes()
    result = parse_ohlc(make_response(BARS, body, Request("/api/v2/ohlc/btcusdt/")))
    assert [row.reason for row in result.rejected] == ["timestamp is no midnight in UTC"], "an hour's bar"
