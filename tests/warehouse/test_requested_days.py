"""A backfill of a week that stands apart: days that were never requested are not missing, requested ones are."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data_checks.results import CheckResult
from data_checks.suites.catalogue import ALL_CHECKS
from data_checks.validation import validate
from tests.warehouse.conftest import NOW, Warehouse
from tests.warehouse.raw_tables import add_response, add_versions
from tests.warehouse.replaying import METRICS, PRICES, rerun

WEEK = (datetime(2023, 3, 1), datetime(2023, 3, 8))
DAYS = [date(2023, 3, day) for day in range(1, 8)]


def kline(day: date) -> dict[str, Any]:
    opened = int((datetime.combine(day, datetime.min.time()) - datetime(1970, 1, 1)).total_seconds()) * 1000
    bar = {"open": 22_000, "high": 23_000, "low": 21_000, "close": 22_500}
    return {"symbol": "BTCUSDT", "open_time": opened, "close_time": opened + 86_399_999, "volume": 1, **bar}


def build(sample: Warehouse, tampered: duckdb.DuckDBPyConnection, days: list[date]) -> None:
    """The sample's home after a backfill of a week of 2023 that came back with `days`."""
    add_response(tampered, "binance klines_1d", "BTC", (datetime(2024, 11, 1), NOW), NOW)
    add_response(tampered, "binance klines_1d", "BTC", WEEK, NOW)
    add_versions(tampered, "binance_klines_1d", NOW, [kline(day) for day in days])
    rerun(sample, tampered, *PRICES, *METRICS, "rpt_gaps")


def gaps(tampered: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return tampered.execute(
        "select first_missing_date, last_missing_date, day_count from release.marts.rpt_gaps "
        "where metric = 'price_usd' and asset = 'BTC' and scope = 'binance' and first_missing_date < '2024-06-01'"
    ).fetchall()


def every_day_has_a_price(tampered: duckdb.DuckDBPyConnection, file: Path) -> CheckResult:
    tampered.execute("use memory")
    tampered.execute("detach release")
    checks = [check for check in ALL_CHECKS if check.name == "every_utc_day_has_a_price"]
    [result] = validate(file, NOW, checks=checks).results
    return result


def test_days_between_two_windows_are_not_missing(
    sample: Warehouse, tampered: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    build(sample, tampered, DAYS)
    stored = tampered.execute("select count(*) from release.marts.fct_daily_prices where trade_date < '2024-01-01'")
    assert stored.fetchall() == [(7,)]
    assert gaps(tampered) == []
    assert every_day_has_a_price(tampered, tmp_path / "release.duckdb").success


@pytest.mark.parametrize(
    ("lost", "first", "last"),
    [(range(3, 5), date(2023, 3, 3), date(2023, 3, 4)), (range(6, 8), date(2023, 3, 6), date(2023, 3, 7))],
    ids=["inside the week", "at its end"],
)
def test_a_requested_day_without_a_price_is_missing(
    sample: Warehouse, tampered: duckdb.DuckDBPyConnection, tmp_path: Path, lost: range, first: date, last: date
) -> None:
    build(sample, tampered, [day for day in DAYS if day.day not in lost])
    assert gaps(tampered) == [(first, last, 2)]
    result = every_day_has_a_price(tampered, tmp_path / "release.duckdb")
    assert (result.severity, result.success) == ("warning", False)
    assert result.examples == [
        {"asset": "BTC", "venues": "binance", "first_missing_date": str(first), "last_missing_date": str(last)}
    ]


def test_a_source_of_whole_pages_has_every_day_requested(
    sample: Warehouse, tampered: duckdb.DuckDBPyConnection
) -> None:
    add_versions(tampered, "binance_klines_1d", NOW, [kline(day) for day in DAYS])
    rerun(sample, tampered, *PRICES, *METRICS, "rpt_gaps")
    [(first, last, _)] = gaps(tampered)
    assert first == date(2023, 3, 8)
    assert last > date(2024, 3, 1)
