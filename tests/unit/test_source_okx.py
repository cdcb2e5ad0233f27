"""OKX candles at the wire: UTC days, exclusive bounds, newest first, running candles, errors with status 200."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture, make_response

from orchestration.sources.okx import DATASETS, parse_candles, plan_candles
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, SourceUnavailable, Window
from tests.recordings import RECORDED, needs_recordings

(CANDLES,) = DATASETS
MAY_1 = 1746057600000
DAY = 86_400_000
GOOD: list[list[str]] = json.loads(fixture("okx/candles_1d.json"))["data"]
REQUEST = Request("/api/v5/market/candles", {"instId": "BTC-USDT"}, "BTC", FIRST_DAYS)
RESPONSES = RECORDED / "responses" / "okx"


def parsed(*candles: Any) -> Parsed:
    body = {"code": "0", "msg": "", "data": candles}
    return parse_candles(make_response(CANDLES, json.dumps(body).encode(), REQUEST))


def test_utc_days_are_requested_between_two_exclusive_bounds(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, CANDLES)
    bench.run(fixture("okx/candles_1d.json"))
    bounds = {"before": str(MAY_1 - 1), "after": str(MAY_1 + 3 * DAY)}
    assert bench.requested == [{"instId": "BTC-USDT", "bar": "1Dutc", "limit": "300", **bounds}]
    rows = bench.rows("inst_id, ts, o, h, l, c, vol, vol_ccy, vol_ccy_quote")
    assert [row[1] for row in rows] == [MAY_1, MAY_1 + DAY, MAY_1 + 2 * DAY], "the oldest day is stored first"
    figures = ("93991.9", "97486", "93886.6", "96486.2", "9100.12345678", "873000000.25", "873000000.25")
    assert rows[0] == ("BTC-USDT", MAY_1, *(Decimal(figure) for figure in figures))


def test_a_hong_kong_day_is_rejected() -> None:
    result = parsed([str(MAY_1 - 8 * 3_600_000), *GOOD[3][1:]])
    assert result.rows == []
    assert [row.reason for row in result.rejected] == ["ts is no midnight in UTC"]


def test_an_unconfirmed_candle_is_left_out() -> None:
    assert parsed([*GOOD[3][:8], "0"]).rows == []


def test_old_days_are_requested_from_the_history_in_smaller_pages() -> None:
    window = Window(datetime(2018, 1, 1, tzinfo=UTC), NOW)
    planned = list(plan_candles(Slice("BTC", "BTC-USDT", window, NOW)))
    sizes = {request.path.rpartition("/")[2]: request.params["limit"] for request in planned}
    assert sizes == {"history-candles": "100", "candles": "300"}
    newest = [request for request in planned if request.path.endswith("/candles")]
    oldest_of_them = datetime.fromtimestamp((int(newest[0].params["before"]) + 1) / 1000, UTC)
    assert NOW - oldest_of_them < timedelta(days=1440), "`candles` has 1,440 bars"
    for first, second in pairwise(planned):
        assert int(first.params["after"]) == int(second.params["before"]) + 1
        assert first.window is not None
        assert (first.window.end - first.window.start).days <= int(first.params["limit"])


@pytest.mark.parametrize(
    ("candle", "reason"),
    [
        (GOOD[3][:7], "nine values"),
        ([*GOOD[3], "1"], "nine values"),
        ([str(MAY_1 // 1000), *GOOD[3][1:]], "not milliseconds since 1970"),
        ([MAY_1, *GOOD[3][1:]], "ts is a number"),
        ([str(MAY_1 + 1), *GOOD[3][1:]], "no midnight"),
        ([str(MAY_1 + 30 * DAY), *GOOD[3][1:]], "in the future"),
        ([GOOD[3][0], "", *GOOD[3][2:]], "o is '', not a number"),
        ([*GOOD[3][:8], "2"], "confirm is '2'"),
    ],
)
def test_a_malformed_candle_is_rejected_with_its_reason_and_the_others_are_kept(candle: Any, reason: str) -> None:
    result = parsed(candle, GOOD[2])
    assert [row[1] for row in result.rows] == [MAY_1 + DAY]
    assert [reason in row.reason for row in result.rejected] == [True]


@pytest.mark.parametrize(
    ("code", "kind"),
    [("51001", SourceRejected), ("51000", SourceRejected), ("50011", SourceUnavailable), ("50001", SourceUnavailable)],
)
def test_errors_with_status_200_raise(code: str, kind: type[Exception]) -> None:
    body = {"code": code, "msg": "some reason", "data": []}
    with pytest.raises(kind, match=f"okx candles_1d for BTC: error {code}, some reason"):
        parse_candles(make_response(CANDLES, json.dumps(body).encode(), REQUEST))


@needs_recordings
def test_recorded_responses_are_parsed() -> None:
    body = (RESPONSES / "nautilus_http_get_candlesticks_full.json").read_bytes()
    result = parse_candles(make_response(CANDLES, body, Request("/", {"instId": "BTC-USDT-SWAP"})))
    assert {row.reason for row in result.rejected} == {"ts is no midnight in UTC"}, "minutes, all nine values"
    with pytest.raises(SourceUnavailable, match="Too Many Requests"):
        parse_candles(make_response(CANDLES, (RESPONSES / "nautilus_http_error_rate_limit.json").read_bytes()))
