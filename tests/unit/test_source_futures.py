"""Futures figures at the wire: funding, open interest and account ratios of Binance, Bybit and OKX as rows."""

import json
from decimal import Decimal
from typing import Any

import pytest
from futures_points import (
    BINANCE_ACCOUNTS,
    BINANCE_LEVELS,
    BINANCE_RATES,
    BYBIT_ACCOUNTS,
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
    parsed,
    planned,
    records,
    stamp_name,
    with_records,
)
from wire_bench import FIRST_DAYS, NOW, make_response

from orchestration.sources.shared.contract import Dataset, Parsed, SourceRejected, SourceUnavailable


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
        (BYBIT_BARS, [
            ("BTCUSDT", MIDNIGHT - DAY, *map(Decimal, ("94190", "97480", "94010", "96510", "71000.75", "6830000000"))),
            ("BTCUSDT", MIDNIGHT, *map(Decimal, ("96510", "97990", "96310", "96910.5", "52000.125", "5050000000.5"))),
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
def test_a_body_becomes_rows_oldest_first_with_all_digits(found: Dataset, rows: list[Any]) -> None:
    assert parsed(found, good(found)) == Parsed(rows)


@pytest.mark.parametrize("found", POINTS, ids=lambda found: found.table)
def test_points_at_both_ends_of_a_window_are_included(found: Dataset) -> None:
    """A level at midnight is the end of the day before, so the window includes the one at its end."""
    timestamp = stamp_name(found)
    start, end = MIDNIGHT - DAY, MIDNIGHT + 2 * DAY
    record = records(found, good(found))[0]
    points = [{**record, timestamp: type(record[timestamp])(at)} for at in (start - DAY, start, end)]
    assert [row[1] for row in parsed(found, with_records(found, points)).rows] == [start, end]


@pytest.mark.parametrize("found", POINTS, ids=lambda found: found.table)
@pytest.mark.parametrize(
    ("timestamp", "reason"),
    [(MIDNIGHT // 1000, "seconds; milliseconds"), (MIDNIGHT + 90 * DAY, "in the future"), (True, "milliseconds")],
)
def test_a_timestamp_in_another_unit_or_in_the_future_is_rejected(found: Dataset, timestamp: int, reason: str) -> None:
    record, *others = records(found, good(found))
    result = parsed(found, with_records(found, [{**record, stamp_name(found): timestamp}, *others]))
    assert [reason in row.reason for row in result.rejected] == [True]
    assert len(result.rows) == len(others)


@pytest.mark.parametrize(
    "found", [OKX_LEVELS, OKX_ACCOUNTS, BYBIT_LEVELS, BYBIT_ACCOUNTS], ids=lambda found: found.table
)
def test_a_day_in_another_time_zone_is_rejected(found: Dataset) -> None:
    """OKX's plain days open at 16:00 UTC; as UTC days their figures would be eight hours off."""
    record, *others = records(found, good(found))
    timestamp = MIDNIGHT + 16 * HOUR
    moved = [str(timestamp), *record[1:]] if isinstance(record, list) else {**record, "timestamp": str(timestamp)}
    result = parsed(found, with_records(found, [moved, *others]))
    assert [row.reason for row in result.rejected] == [
        f"{'ts' if isinstance(record, list) else 'timestamp'} is no midnight in UTC"
    ]


@pytest.mark.parametrize("found", [OKX_LEVELS, OKX_ACCOUNTS, BYBIT_PRICES, BYBIT_BARS], ids=lambda found: found.table)
def test_the_running_day_is_left_out(found: Dataset) -> None:
    timestamps = [row[1] for row in parsed(found, good(found)).rows]
    assert max(timestamps) < int(NOW.timestamp() * 1000) - DAY


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
def test_a_malformed_figure_rejects_only_its_record(found: Dataset, name: str) -> None:
    record, *others = records(found, good(found))
    for broken in ({**record, name: "many"}, {**record, name: None}, {k: v for k, v in record.items() if k != name}):
        result = parsed(found, with_records(found, [broken, *others]))
        assert [name in row.reason for row in result.rejected] == [True]
        assert len(result.rows) == len(others)


@pytest.mark.parametrize("found", POINTS, ids=lambda found: found.table)
def test_a_new_column_is_named_and_repeated_points_are_one(found: Dataset) -> None:
    first, *others = records(found, good(found))
    result = parsed(found, with_records(found, [{**first, "surprise": 1}, first, *others, *others]))
    assert len(result.rows) == len(others) + 1
    assert [row.reason for row in result.rejected] == ["unknown column surprise: not loaded; the rows were kept"]


def test_shares_of_accounts_add_up_to_1() -> None:
    record, *others = records(BYBIT_ACCOUNTS, good(BYBIT_ACCOUNTS))
    result = parsed(BYBIT_ACCOUNTS, with_records(BYBIT_ACCOUNTS, [{**record, "buyRatio": "57.77"}, *others]))
    assert [row.reason for row in result.rejected] == ["buyRatio and sellRatio add up to 58.1923, not 1"]


@pytest.mark.parametrize(
    ("change", "shares"),
    [({"longShortRatio": "0.9142"}, "0.5224 and shortAccount 0.4776"), ({"longAccount": "52.24"}, "52.24 and")],
)
def test_a_ratio_that_contradicts_its_shares_is_rejected(change: dict[str, str], shares: str) -> None:
    """The inverse ratio, or a percentage."""
    record, *others = records(BINANCE_ACCOUNTS, good(BINANCE_ACCOUNTS))
    result = parsed(BINANCE_ACCOUNTS, [{**record, **change}, *others])
    assert [shares in row.reason for row in result.rejected] == [True]
    assert len(result.rows) == len(others)


@pytest.mark.parametrize(
    ("found", "body", "failure", "words"),
    [
        (BINANCE_LEVELS, {"code": -1130, "msg": "bad window"}, SourceRejected, "-1130, bad window"),
        (BINANCE_LEVELS, {"code": -1003, "msg": "too much"}, SourceUnavailable, "run again later"),
        (BYBIT_LEVELS, {"retCode": 10001, "retMsg": "params error"}, SourceRejected, "10001, params error"),
        (BYBIT_LEVELS, {"retCode": 10006, "retMsg": "Too many visits!"}, SourceUnavailable, "run again later"),
        (BYBIT_LEVELS, {"retCode": 0, "result": {"list": {}}}, SourceRejected, "format has changed"),
        (BYBIT_LEVELS, {"retCode": 0, "result": {"symbol": "ETHUSDT", "list": []}}, SourceRejected, "not requested"),
        (OKX_LEVELS, {"code": "50030", "msg": "Illegal time range", "data": []}, SourceRejected, "50030"),
        (OKX_LEVELS, {"code": "50011", "msg": "Too Many Requests", "data": []}, SourceUnavailable, "run again later"),
    ],
)
def test_errors_with_status_200_raise(found: Dataset, body: Any, failure: type[Exception], words: str) -> None:
    (request,) = planned(found, FIRST_DAYS)
    with pytest.raises(failure, match=words):
        found.verify(make_response(found, json.dumps(body).encode(), request))
