"""Figures of futures at the wire: funding, open interest and account ratios of Binance, Bybit and OKX."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response as WireResponse
from wire_bench import FIRST_DAYS, NOW, WireBench, answered, fixture

from orchestration.sources.contract import Ask, Dataset, Parsed, Request, SourceRejected, SourceUnavailable, Window
from orchestration.sources.registry import dataset

MIDNIGHT = 1_746_144_000_000
"""2 May 2025, in milliseconds."""
HOUR, DAY = 3_600_000, 86_400_000
BINANCE_RATES = dataset("binance_futures", "funding_rate")
BINANCE_LEVELS = dataset("binance_futures", "open_interest_1h")
BINANCE_ACCOUNTS = dataset("binance_futures", "account_ratio_1h")
BYBIT_RATES = dataset("bybit", "funding_history")
BYBIT_LEVELS = dataset("bybit", "open_interest_1d")
BYBIT_ACCOUNTS = dataset("bybit", "account_ratio_1d")
BYBIT_PRICES = dataset("bybit", "mark_prices_1d")
OKX_RATES = dataset("okx_futures", "funding_history")
OKX_LEVELS = dataset("okx_futures", "open_interest_1d")
OKX_ACCOUNTS = dataset("okx_futures", "account_ratio_1d")
SYMBOLS = {"binance_futures": "BTCUSDT", "bybit": "BTCUSDT", "okx_futures": "BTC-USDT-SWAP"}
POINTS = (BINANCE_RATES, BINANCE_LEVELS, BINANCE_ACCOUNTS, BYBIT_RATES, BYBIT_LEVELS, BYBIT_ACCOUNTS, OKX_RATES)
"""What is stamped by the instant at which it stood so."""


def planned(found: Dataset, window: Window, now: datetime = NOW) -> list[Request]:
    return list(found.plan(Ask("BTC", SYMBOLS[found.provider.name], window, now)))


def parsed(found: Dataset, body: Any) -> Parsed:
    """What the parser makes of a body asked for the first days of May."""
    (request,) = planned(found, FIRST_DAYS)
    assert callable(found.read)
    return found.read(answered(found, json.dumps(body).encode(), request))


def good(found: Dataset) -> Any:
    return json.loads(fixture(f"{found.provider.name}/{found.name}.json"))


def records(found: Dataset, body: Any) -> list[Any]:
    """The list inside a body, to be changed in place."""
    if found.provider.name == "bybit":
        return list(body["result"]["list"])
    return list(body["data"] if found.provider.name == "okx_futures" else body)


def with_records(found: Dataset, changed: list[Any]) -> Any:
    body = good(found)
    if found.provider.name == "bybit":
        body["result"]["list"] = changed
    elif found.provider.name == "okx_futures":
        body["data"] = changed
    else:
        body = changed
    return body


@pytest.mark.parametrize(
    ("found", "rows"),
    [
        (
            BINANCE_RATES,
            [
                ("BTCUSDT", MIDNIGHT - 16 * HOUR + 7, Decimal("0.00005728"), Decimal("96102.45")),
                ("BTCUSDT", MIDNIGHT - 8 * HOUR, Decimal("-0.000012"), Decimal(96744)),
                ("BTCUSDT", MIDNIGHT + 3, Decimal("0.0001"), None),
            ],
        ),
        (BINANCE_ACCOUNTS, [
            ("BTCUSDT", MIDNIGHT - HOUR, Decimal("1.0938"), Decimal("0.5224"), Decimal("0.4776")),
            ("BTCUSDT", MIDNIGHT, Decimal(1), Decimal("0.5"), Decimal("0.5")),
        ]),
        (BYBIT_LEVELS, [
            ("BTCUSDT", MIDNIGHT, Decimal(50_000), None),
            ("BTCUSDT", MIDNIGHT + DAY, Decimal("52664.642"), Decimal("26332.321")),
        ]),
        (BYBIT_PRICES, [
            ("BTCUSDT", MIDNIGHT - DAY, Decimal(94_200), Decimal(97_400), Decimal(94_100), Decimal(96_500)),
            ("BTCUSDT", MIDNIGHT, Decimal(96_500), Decimal(97_900), Decimal(96_400), Decimal("96900.25")),
        ]),
        (OKX_RATES, [
            ("BTC-USDT-SWAP", MIDNIGHT - 16 * HOUR, Decimal("0.0001"), Decimal("0.0001")),
            ("BTC-USDT-SWAP", MIDNIGHT - 8 * HOUR, Decimal("-0.0000046976528934"), None),
            ("BTC-USDT-SWAP", MIDNIGHT, Decimal("0.0000746604960499"), Decimal("0.0000746572360545")),
        ]),
        (OKX_ACCOUNTS, [
            ("BTC-USDT-SWAP", MIDNIGHT - DAY, Decimal("1.4")),
            ("BTC-USDT-SWAP", MIDNIGHT, Decimal("0.98")),
            ("BTC-USDT-SWAP", MIDNIGHT + DAY, Decimal("1.25")),
        ]),
    ],
    ids=lambda value: value.table if isinstance(value, Dataset) else "",
)  # fmt: skip
def test_a_body_becomes_its_figures_oldest_first_to_the_last_digit(found: Dataset, rows: list[Any]) -> None:
    assert parsed(found, good(found)) == Parsed(rows)


def test_binance_is_asked_with_both_ends_and_the_documented_limits(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, BINANCE_LEVELS)
    bench.run(fixture("binance_futures/open_interest_1h.json"))
    assert bench.paths == ["/futures/data/openInterestHist"]
    ends = {"startTime": str(MIDNIGHT - DAY), "endTime": str(MIDNIGHT + 2 * DAY)}
    assert bench.asked == [{"symbol": "BTCUSDT", "period": "1h", "limit": "500", **ends}]


def test_levels_of_binance_are_never_asked_from_beyond_thirty_days() -> None:
    requests = planned(BINANCE_LEVELS, Window(datetime(2024, 1, 1, tzinfo=UTC), NOW))
    assert requests[0].window == Window(NOW - timedelta(days=29), NOW - timedelta(days=9))
    assert len(requests) == 2, "480 hours a page"
    assert planned(BINANCE_LEVELS, Window.of_days(date(2024, 1, 1), date(2024, 1, 31))) == []
    assert len(planned(BINANCE_RATES, Window.of_days(date(2024, 1, 1), date(2024, 1, 31)))) == 1


def test_okx_is_asked_for_utc_days_it_keeps_with_exclusive_ends(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, OKX_LEVELS)
    bench.run(fixture("okx_futures/open_interest_1d.json"))
    assert bench.paths == ["/api/v5/rubik/stat/contracts/open-interest-history"]
    ends = {"begin": str(MIDNIGHT - DAY - 1), "end": str(MIDNIGHT + 2 * DAY)}
    assert bench.asked == [{"instId": "BTC-USDT-SWAP", "period": "1Dutc", "limit": "100", **ends}]
    (request,) = planned(OKX_LEVELS, Window(datetime(2024, 1, 1, tzinfo=UTC), NOW))
    assert request.window == Window((NOW - timedelta(days=90)).replace(hour=0), NOW)
    for found in (OKX_LEVELS, OKX_RATES):
        assert planned(found, Window.of_days(date(2024, 1, 1), date(2024, 1, 31))) == []


def test_bybit_windows_fit_into_a_page_and_meet() -> None:
    for found, days, most in ((BYBIT_LEVELS, 198, 200), (BYBIT_RATES, 60, 200), (BYBIT_PRICES, 198, 200)):
        requests = planned(found, Window(NOW - timedelta(days=400), NOW))
        windows = [request.window for request in requests if request.window]
        assert {window.end - window.start for window in windows[:-1]} == {timedelta(days=days)}
        assert all(one.end == next_.start for one, next_ in pairwise(windows))
        assert {request.params["limit"] for request in requests} == {str(most)}
        assert all(len({"startTime", "endTime", "start", "end"} & request.params.keys()) == 2 for request in requests)


@pytest.mark.parametrize("found", POINTS, ids=lambda found: found.table)
def test_points_at_both_ends_of_a_window_are_taken_and_others_are_not(found: Dataset) -> None:
    """A level at midnight is how the day before ended: without the last one the last day would have no end."""
    stamp = _stamp_name(found)
    start, end = MIDNIGHT - DAY, MIDNIGHT + 2 * DAY
    record = records(found, good(found))[0]
    points = [{**record, stamp: type(record[stamp])(at)} for at in (start - DAY, start, end)]
    assert [row[1] for row in parsed(found, with_records(found, points)).rows] == [start, end]


@pytest.mark.parametrize("found", POINTS, ids=lambda found: found.table)
@pytest.mark.parametrize(
    ("stamp", "reason"),
    [(MIDNIGHT // 1000, "seconds where milliseconds"), (MIDNIGHT + 90 * DAY, "in the future"), (True, "milliseconds")],
)
def test_a_stamp_in_another_unit_or_from_the_future_is_refused(found: Dataset, stamp: int, reason: str) -> None:
    record, *others = records(found, good(found))
    result = parsed(found, with_records(found, [{**record, _stamp_name(found): stamp}, *others]))
    assert [reason in refused.reason for refused in result.rejected] == [True]
    assert len(result.rows) == len(others)


@pytest.mark.parametrize(
    "found", [OKX_LEVELS, OKX_ACCOUNTS, BYBIT_LEVELS, BYBIT_ACCOUNTS], ids=lambda found: found.table
)
def test_a_day_in_another_time_zone_is_refused(found: Dataset) -> None:
    """OKX's plain days open at 16:00 UTC: taken for UTC days, each figure would stand eight hours off."""
    record, *others = records(found, good(found))
    stamp = MIDNIGHT + 16 * HOUR
    moved = [str(stamp), *record[1:]] if isinstance(record, list) else {**record, "timestamp": str(stamp)}
    result = parsed(found, with_records(found, [moved, *others]))
    assert [refused.reason for refused in result.rejected] == [
        f"{'ts' if isinstance(record, list) else 'timestamp'} is no midnight in UTC"
    ]


@pytest.mark.parametrize("found", [OKX_LEVELS, OKX_ACCOUNTS, BYBIT_PRICES], ids=lambda found: found.table)
def test_the_running_day_is_left_out(found: Dataset) -> None:
    stamps = [row[1] for row in parsed(found, good(found)).rows]
    assert max(stamps) < int(NOW.timestamp() * 1000) - DAY


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (BINANCE_RATES, "fundingRate"),
        (BINANCE_LEVELS, "sumOpenInterestValue"),
        (BYBIT_LEVELS, "openInterest"),
        (BYBIT_RATES, "fundingRate"),
        (OKX_RATES, "fundingRate"),
    ],
    ids=lambda value: value.table if isinstance(value, Dataset) else value,
)
def test_a_figure_that_is_none_refuses_its_record_alone(found: Dataset, name: str) -> None:
    record, *others = records(found, good(found))
    for broken in ({**record, name: "many"}, {**record, name: None}, {k: v for k, v in record.items() if k != name}):
        result = parsed(found, with_records(found, [broken, *others]))
        assert [name in refused.reason for refused in result.rejected] == [True]
        assert len(result.rows) == len(others)


@pytest.mark.parametrize("found", POINTS, ids=lambda found: found.table)
def test_a_new_column_is_named_and_repeated_points_are_one(found: Dataset) -> None:
    first, *others = records(found, good(found))
    result = parsed(found, with_records(found, [{**first, "surprise": 1}, first, *others, *others]))
    assert len(result.rows) == len(others) + 1
    assert [refused.reason for refused in result.rejected] == [
        "unknown column surprise: not loaded; the rows were kept"
    ]


@pytest.mark.parametrize("found", [*POINTS, BYBIT_PRICES, OKX_LEVELS, OKX_ACCOUNTS], ids=lambda found: found.table)
def test_an_empty_past_window_is_named(httpserver: HTTPServer, tmp_path: Path, found: Dataset) -> None:
    bench = WireBench(httpserver, tmp_path, found)
    _, loaded = bench.run(json.dumps(with_records(found, [])).encode())
    assert (loaded.rows_new, loaded.empty_responses) == (0, ("BTC from 2025-05-01",))


def test_shares_of_accounts_make_a_whole() -> None:
    record, *others = records(BYBIT_ACCOUNTS, good(BYBIT_ACCOUNTS))
    result = parsed(BYBIT_ACCOUNTS, with_records(BYBIT_ACCOUNTS, [{**record, "buyRatio": "57.77"}, *others]))
    assert [refused.reason for refused in result.rejected] == ["buyRatio and sellRatio make 58.1923, not 1"]


@pytest.mark.parametrize(
    ("change", "shares"),
    [({"longShortRatio": "0.9142"}, "0.5224 and shortAccount 0.4776"), ({"longAccount": "52.24"}, "52.24 and")],
)
def test_a_ratio_that_its_shares_dont_make_is_refused(change: dict[str, str], shares: str) -> None:
    """The other way round, or a percentage."""
    record, *others = records(BINANCE_ACCOUNTS, good(BINANCE_ACCOUNTS))
    result = parsed(BINANCE_ACCOUNTS, [{**record, **change}, *others])
    assert [shares in refused.reason for refused in result.rejected] == [True]
    assert len(result.rows) == len(others)


@pytest.mark.parametrize(
    ("found", "most", "asked_next"),
    [
        (BINANCE_RATES, 1000, ("startTime", lambda stamps: max(stamps) + 1)),
        (BYBIT_RATES, 200, ("endTime", lambda stamps: min(stamps) - 1)),
        (OKX_RATES, 100, ("after", min)),
    ],
    ids=lambda value: value.table if isinstance(value, Dataset) else "",
)
def test_a_full_page_of_rates_is_followed_without_a_lost_one(
    httpserver: HTTPServer, tmp_path: Path, found: Dataset, most: int, asked_next: Any
) -> None:
    """Contracts that settle every hour: the border of a page loses none and repeats none."""
    name, expected = asked_next
    stamps = [MIDNIGHT + 2 * DAY - number * HOUR for number in range(most)]
    record, stamp = records(found, good(found))[0], _stamp_name(found)
    page = [{**record, stamp: type(record[stamp])(at)} for at in stamps]
    older = {**record, stamp: type(record[stamp])(stamps[-1] - HOUR)}
    bench = WireBench(httpserver, tmp_path, found)
    window = Window(FIRST_DAYS.start - timedelta(days=50), FIRST_DAYS.end)
    bench.run(*(json.dumps(with_records(found, body)).encode() for body in (page, [older])), window=window)
    assert [int(question[name]) for question in bench.asked[1:]] == [expected(stamps)]
    assert len(bench.rows("1")) == most + 1


@pytest.mark.parametrize(
    ("found", "body", "failure", "words"),
    [
        (BINANCE_LEVELS, {"code": -1130, "msg": "bad window"}, SourceRejected, "-1130, bad window"),
        (BINANCE_LEVELS, {"code": -1003, "msg": "too much"}, SourceUnavailable, "run again later"),
        (BYBIT_LEVELS, {"retCode": 10001, "retMsg": "params error"}, SourceRejected, "10001, params error"),
        (BYBIT_LEVELS, {"retCode": 10006, "retMsg": "Too many visits!"}, SourceUnavailable, "run again later"),
        (BYBIT_LEVELS, {"retCode": 0, "result": {"list": {}}}, SourceRejected, "format has changed"),
        (BYBIT_LEVELS, {"retCode": 0, "result": {"symbol": "ETHUSDT", "list": []}}, SourceRejected, "not asked for"),
        (OKX_LEVELS, {"code": "50030", "msg": "Illegal time range", "data": []}, SourceRejected, "50030"),
        (OKX_LEVELS, {"code": "50011", "msg": "Too Many Requests", "data": []}, SourceUnavailable, "run again later"),
    ],
)
def test_errors_that_come_with_status_200_are_errors(
    found: Dataset, body: Any, failure: type[Exception], words: str
) -> None:
    (request,) = planned(found, FIRST_DAYS)
    with pytest.raises(failure, match=words):
        found.verify(answered(found, json.dumps(body).encode(), request))


@pytest.mark.parametrize(("found", "status"), [(BYBIT_LEVELS, 403), (BINANCE_RATES, 451)], ids=["bybit", "binance"])
def test_a_blocked_region_is_told_with_the_variable_that_helps(
    httpserver: HTTPServer, tmp_path: Path, found: Dataset, status: int
) -> None:
    bench = WireBench(httpserver, tmp_path, found)
    extraction, _ = bench.run(WireResponse("The Amazon CloudFront distribution is configured to block access", status))
    assert extraction.outcome == "failed"
    assert f"answered {status}" in str(extraction.message)
    assert found.provider.url_variable in str(extraction.message)
    assert len(bench.paths) == 1


def test_a_wait_that_binance_asks_for_is_kept(httpserver: HTTPServer, tmp_path: Path) -> None:
    bench = WireBench(httpserver, tmp_path, BINANCE_RATES)
    banned = WireResponse("Way too many requests", 418, {"Retry-After": "0"})
    extraction, loaded = bench.run(banned, fixture("binance_futures/funding_rate.json"))
    assert (extraction.outcome, loaded.rows_new) == ("answered", 3)


def _stamp_name(found: Dataset) -> str:
    names = {"funding_time": "fundingTime", "funding_rate_timestamp": "fundingRateTimestamp"}
    column = list(found.columns)[1]
    return names.get(column, column)
