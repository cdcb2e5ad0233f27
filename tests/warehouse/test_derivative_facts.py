"""Open interest, funding and accounts as venues tell them: intervals, gaps, both sides, two records of one venue."""

from datetime import date, datetime

import pytest

from tests.warehouse.conftest import Warehouse

FIGURES = "open_interest_usd, funding_rate_ratio, long_short_account_ratio"


def test_funding_is_the_sum_of_a_days_rates_over_three_whatever_the_interval(made_up: Warehouse) -> None:
    days = made_up.rows(
        "select asset, scope, funding_rate_ratio from marts.fct_daily_derivatives "
        "where trade_date = '2025-05-08' and asset in ('ADA', 'DOGE', 'AVAX') order by asset"
    )
    assert days == [
        ("ADA", "binance", pytest.approx((0.0001 - 0.0004 + 0.0006) / 3)),
        ("AVAX", "okx", pytest.approx(24 * 0.0001 / 3)),
        ("DOGE", "bybit", pytest.approx(6 * 0.0001 / 3)),
    ]


def test_single_settlements_stand_beside_the_days_mean(made_up: Warehouse) -> None:
    """As they were paid: what is settled at midnight is of the day before, and a day that lacks one has no highest."""
    rates = made_up.rows(
        "select settled_at, funding_rate_ratio, paid_hours from marts.fct_funding_settlements "
        "where asset = 'ADA' and trade_date = '2025-05-08' order by settled_at"
    )
    hours = [datetime(2025, 5, 8, 8), datetime(2025, 5, 8, 16), datetime(2025, 5, 9)]
    assert rates == [(at, rate, 8) for at, rate in zip(hours, (0.0001, -0.0004, 0.0006), strict=True)]
    values = "select statistic, value from marts.fct_daily_metrics where metric = 'funding_settlement_ratio'"
    assert made_up.rows(f"{values} and asset = 'ADA' and trade_date = '2025-05-08' order by statistic") == [
        ("close", 0.0006),
        ("high", 0.0006),
        ("low", -0.0004),
    ]
    days = made_up.rows(
        "select asset, trade_date, settlement_count from marts.fct_daily_funding_ranges "
        "where asset in ('ADA', 'DOGE') order by all"
    )
    assert days == [("ADA", date(2025, 5, 7), 3), ("ADA", date(2025, 5, 8), 3), ("DOGE", date(2025, 5, 8), 6)]


def test_a_day_of_which_a_settlement_is_missing_has_no_funding(made_up: Warehouse) -> None:
    """Neither where the last one is to come, nor where one was lost: eight hours are no interval among fours."""
    days = made_up.rows(
        "select asset, trade_date from marts.fct_daily_derivatives where funding_rate_ratio is not null "
        "and asset in ('ADA', 'DOGE') order by all"
    )
    assert days == [("ADA", date(2025, 5, 7)), ("ADA", date(2025, 5, 8)), ("DOGE", date(2025, 5, 8))]


def test_archive_and_interface_are_one_record_of_a_venue_and_the_fuller_row_stands(made_up: Warehouse) -> None:
    days = made_up.rows(
        f"select trade_date, source, {FIGURES} from marts.fct_daily_derivatives where asset = 'ADA' order by 1"
    )
    assert days == [
        (date(2025, 5, 3), "binance_archive_futures", None, None, 3),
        (date(2025, 5, 4), "binance_archive_futures", 80, None, 4),
        (date(2025, 5, 7), "binance_archive_futures", 200, pytest.approx(0.0003), 2),
        (date(2025, 5, 8), "binance_futures", 300, pytest.approx(0.0001), 1.25),
    ], "an open interest of 0 is no figure, and 6 May broke off at noon: how it ended is not known"
    versions = made_up.rows(
        "select source, open_interest_usd from marts.fct_derivative_versions "
        "where asset = 'ADA' and trade_date = '2025-05-08' order by all"
    )
    assert versions == [("binance_archive_futures", 299), ("binance_futures", 300)], "both are on record"


def test_open_interest_of_both_sides_is_halved_and_valued_at_the_venues_price(made_up: Warehouse) -> None:
    days = made_up.rows(
        "select trade_date, open_interest_usd, open_interest_change_ratio, long_short_account_ratio, "
        "first_observed_at from marts.fct_daily_derivatives where asset = 'DOGE' order by 1"
    )
    ratio = pytest.approx(1.5)
    assert [day[:4] for day in days] == [
        (date(2025, 5, 8), 1000, None, ratio),
        (date(2025, 5, 9), 4500, 3.5, ratio),
    ]
    assert made_up.row("select open_interest_sides from marts.dim_venues where venue = 'bybit'") == ("both",)


def test_a_restated_day_has_its_versions(made_up: Warehouse) -> None:
    newest = made_up.row(
        "select open_interest_usd, revision_count, observed_at from marts.fct_daily_derivatives "
        "where asset = 'AVAX' and scope = 'okx'"
    )
    assert newest == (701, 1, datetime(2025, 5, 12, 6))


def test_coin_margined_contracts_are_dollars_and_a_scope_of_their_own(made_up: Warehouse) -> None:
    events = made_up.rows(
        "select venue, asset, liquidated_side, quantity_unit, price_basis, value_usd "
        "from marts.fct_liquidation_events where source = 'binance_archive_coinm' order by asset"
    )
    assert events == [
        ("binance", "BTC", "short", "contract", "fill", 700),
        ("binance", "ETH", "long", "contract", "fill", 70),
    ]
    days = made_up.rows(
        "select asset, scope, venue_list, trade_date, long_usd, short_usd from marts.fct_daily_liquidations "
        "where source = 'binance_archive_coinm' order by asset"
    )
    assert days == [
        ("BTC", "binance_coinm", "binance", date(2024, 10, 1), 0, 700),
        ("ETH", "binance_coinm", "binance", date(2024, 10, 1), 70, 0),
    ]
