"""Kraken bars at the wire: 720 days and the running one, a renamed pair, filled days, errors with status 200."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from wire_bench import FIRST_DAYS, NOW, WireBench, fixture, make_response

from orchestration.ingest.rate_limit import Clock, RateLimiter
from orchestration.sources.kraken import DATASETS, parse_ohlc, plan_ohlc
from orchestration.sources.shared.contract import Parsed, Request, Slice, SourceRejected, SourceUnavailable, Window
from orchestration.sources.shared.registry import dataset
from tests.recordings import RECORDED, needs_recordings

(BARS,) = DATASETS
MAY_1 = 1746057600
DAY = 86_400
GOOD: dict[str, Any] = json.loads(fixture("kraken/ohlc_1d.json"))
LIST: list[list[Any]] = GOOD["result"]["XXBTZUSD"]
REQUEST = Request("/0/public/OHLC", {"pair": "XBTUSD"}, "BTC", Window(FIRST_DAYS.start, NOW))
RESPONSES = RECORDED / "responses" / "kraken"


def parsed(*bars: Any, last: Any = MAY_1 + 2 * DAY, request: Request = REQUEST) -> Parsed:
    body = {"error": [], "result": {"XXBTZUSD": bars, "last": last}}
    return parse_ohlc(make_response(BARS, json.dumps(body).encode(), request))


def test_the_list_is_parsed_under_any_name_of_the_pair(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, BARS)
    bench.run(fixture("kraken/ohlc_1d.json"), window=Window(FIRST_DAYS.start, NOW))
    assert bench.requested == [{"pair": "XBTUSD", "interval": "1440", "since": str(MAY_1 - 1)}]
    rows = bench.rows("pair, time, open, high, low, close, vwap, volume, trade_count")
    assert [row[1] for row in rows] == [MAY_1, MAY_1 + DAY, MAY_1 + 2 * DAY], "the running 4 May is left out"
    prices = tuple(Decimal(figure) for figure in ("93995.1", "97480", "93880", "96480.2", "95801.7", "1999.12345678"))
    assert rows[0] == ("XBTUSD", MAY_1, *prices, 41021)


def test_a_bar_after_the_last_committed_one_is_left_out() -> None:
    """A moment after midnight the last trades of the day before may still be missing."""
    assert [row[1] for row in parsed(*LIST, last=MAY_1 + DAY).rows] == [MAY_1, MAY_1 + DAY]


@pytest.mark.parametrize("last", [None, "soon", True, [], 0, "0", -1, MAY_1 - DAY])
def test_without_a_last_committed_bar_the_one_before_the_newest_counts_with_a_notice(last: Any) -> None:
    result = parsed(*LIST, last=last)
    assert [row[1] for row in result.rows] == sorted(bar[0] for bar in LIST)[:-1][:3]
    assert [(row.is_notice, "last is missing" in row.reason) for row in result.rejected] == [(True, True)]


def test_last_may_be_a_text() -> None:
    assert parsed(*LIST, last=str(MAY_1 + DAY)) == parsed(*LIST, last=MAY_1 + DAY)


def test_the_newest_720_days_are_returned_whatever_since_is() -> None:
    reaching_back = Slice("BTC", "XBTUSD", Window(NOW - timedelta(days=4000), NOW), NOW)
    assert len(list(plan_ohlc(reaching_back))) == 1
    out_of_reach = Slice("BTC", "XBTUSD", Window(NOW - timedelta(days=4000), NOW - timedelta(days=721)), NOW)
    assert list(plan_ohlc(out_of_reach)) == []


@pytest.mark.parametrize("provider", ["kraken", "kraken_quotes"])
def test_requests_are_1_2_seconds_apart(provider: str) -> None:
    clock = Clock(pause=lambda _: None)
    pace = RateLimiter(clock)
    pace.acquire(BARS.provider.rate)
    began = clock.now()
    pace.acquire(dataset(provider, "ohlc_1d").provider.rate)
    assert clock.now() - began >= 1.2


def test_bars_outside_the_window_are_left_out() -> None:
    narrow = replace(REQUEST, window=Window(FIRST_DAYS.start + timedelta(days=1), FIRST_DAYS.end))
    assert [row[1] for row in parsed(*LIST, request=narrow).rows] == [MAY_1 + DAY, MAY_1 + 2 * DAY]


def test_a_filled_day_keeps_its_count_of_zero() -> None:
    filled = [MAY_1, "96.5", "96.5", "96.5", "96.5", "0.0", "0.00000000", 0]
    ((*_, volume, count),) = parsed(filled).rows
    assert (volume, count) == (0, 0)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("EQuery:Unknown asset pair", SourceRejected),
        ("EQuery:Invalid asset pair", SourceRejected),
        ("EGeneral:Invalid arguments", SourceRejected),
        ("EGeneral:Too many requests", SourceUnavailable),
        ("EAPI:Rate limit exceeded", SourceUnavailable),
        ("EService:Unavailable", SourceUnavailable),
        ("EService:Busy", SourceUnavailable),
        ("EGeneral:Temporary lockout", SourceUnavailable),
    ],
)
def test_errors_with_status_200_raise(error: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=error):
        parse_ohlc(make_response(BARS, json.dumps({"error": [error]}).encode(), REQUEST))


def test_more_than_one_pair_is_a_changed_format() -> None:
    body = {"error": [], "result": {"A": [], "B": [], "last": 1}}
    with pytest.raises(SourceRejected, match="2 pairs, not one"):
        parse_ohlc(make_response(BARS, json.dumps(body).encode(), REQUEST))


@pytest.mark.parametrize(
    ("bar", "reason"),
    [
        (LIST[0][:7], "eight values"),
        ([*LIST[0], 1], "eight values"),
        ([MAY_1 * 1000, *LIST[0][1:]], "milliseconds; seconds"),
        ([MAY_1 + 3600, *LIST[0][1:]], "no midnight"),
        ([MAY_1 + 30 * DAY, *LIST[0][1:]], "in the future"),
        ([*LIST[0][:1], "many", *LIST[0][2:]], "open is 'many', not a number"),
        ([*LIST[0][:7], "41021"], "count is a text"),
    ],
)
def test_a_malformed_bar_is_rejected_with_its_reason_and_the_others_are_kept(bar: Any, reason: str) -> None:
    result = parsed(bar, LIST[1])
    assert [row[1] for row in result.rows] == [MAY_1 + DAY]
    assert [reason in row.reason for row in result.rejected] == [True]


@needs_recordings
def test_recorded_responses_are_parsed() -> None:
    body = (RESPONSES / "nautilus_http_ohlc_1m_721rows.json").read_bytes()
    result = json.loads(body)["result"]
    bars = result["XBTUSDT"]
    assert (len(bars), bars[-2][0]) == (721, result["last"]), "`last` is the row before the running one"
    assert {len(bar) for bar in bars} == {8}
    assert sum(bar[7] == 0 for bar in bars) == 216, "minutes without a trade are filled"
    midnights = parse_ohlc(make_response(BARS, body, Request("/", {"pair": "XBTUSDT"}), now=NOW + timedelta(days=1000)))
    assert len(midnights.rows) + len(midnights.rejected) == 721, "every bar is parsed: a minute is no midnight"
    assert {row.reason for row in midnights.rejected} == {"time is no midnight in UTC"}
    with pytest.raises(SourceRejected, match="Invalid asset pair"):
        parse_ohlc(make_response(BARS, (RESPONSES / "error_200_bad_pair.json").read_bytes()))
    with pytest.raises(SourceUnavailable, match="Too many requests"):
        parse_ohlc(make_response(BARS, (RESPONSES / "error_200_rate_limit.json").read_bytes()))
