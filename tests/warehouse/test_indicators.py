"""Stablecoins and other indicators in the made-up market: versions, scopes, whole days, and their long table."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from orchestration.client import Market
from tests.warehouse.conftest import Warehouse


def test_a_supply_is_the_newest_version_of_a_closed_day_per_coin_and_chain(made_up: Warehouse) -> None:
    query = "select asset, scope, trade_date, supply_usd, is_final, revision_count from marts.fct_daily_stablecoins"
    assert made_up.rows(f"{query} order by all") == [
        ("ALL", "defillama_all", date(2025, 5, 7), Decimal(204), True, 1),
        ("ALL", "defillama_tron", date(2025, 5, 8), Decimal(70), True, 0),
        ("USDT", "defillama_all", date(2025, 5, 7), Decimal(150), True, 0),
    ]


def test_a_restated_supply_is_a_revision_and_is_read_as_of_an_instant(made_up: Warehouse) -> None:
    where = "where metric = 'stablecoin_supply_usd' and asset = 'ALL' and trade_date = '2025-05-07'"
    revision = made_up.row(f"select old_value, new_value, observed_at from marts.fct_revisions {where}")
    assert revision == (200, 204, datetime(2025, 5, 9, 6))
    assert made_up.row(f"select value from daily_metrics_as_of('2025-05-09') {where}") == (200,)
    assert made_up.row(f"select value, is_record_high from marts.fct_daily_records {where}") == (204, True)


def test_flows_are_netted_and_restated_with_the_vendors_addresses(made_up: Warehouse) -> None:
    columns = "asset, inflow_coins, net_inflow_coins, net_inflow_usd, is_final, revision_count"
    assert made_up.rows(f"select {columns} from marts.fct_daily_exchange_flows order by asset") == [
        ("BTC", Decimal(12), Decimal(-4), Decimal(-400), False, 1),
        ("ETH", Decimal(5), Decimal("0.5"), None, False, 0),
    ]
    metrics = made_up.rows(
        "select metric from marts.fct_daily_metrics where scope = 'coinmetrics_exchanges' and asset = 'ETH'"
    )
    assert {metric for (metric,) in metrics} == {f"exchange_{way}_coins" for way in ("inflow", "outflow", "net_inflow")}


def test_the_running_day_has_no_mood_and_no_volatility(made_up: Warehouse) -> None:
    moods = made_up.rows("select scope, trade_date, fear_greed_points from marts.fct_daily_sentiment order by all")
    assert moods == [
        ("alternative_me", date(2025, 5, 7), 67),
        ("alternative_me", date(2025, 5, 8), 65),
        ("coinmarketcap", date(2025, 5, 7), 58),
    ]
    bars = made_up.rows(
        "select trade_date, open_ratio, high_ratio, low_ratio, close_ratio from marts.fct_daily_implied_volatility"
    )
    assert bars == [(date(2025, 5, 7), 0.5, 0.6, 0.45, 0.48)]


def test_a_tuesdays_positions_are_known_from_friday_on(made_up: Warehouse) -> None:
    columns = "trade_date, leveraged_fund_net_contracts, asset_manager_net_contracts, published_at"
    rows = made_up.rows(f"select {columns} from marts.fct_weekly_futures_positioning order by all")
    assert rows == [
        (date(2025, 4, 29), -40, 30, datetime(2025, 5, 2, 20, 30)),
        (date(2025, 5, 6), -40, 30, datetime(2025, 5, 9, 20, 30)),
    ]
    known = "select trade_date from weekly_futures_positioning_as_of('2025-05-09 20:59:00')"
    assert made_up.rows(known) == [(date(2025, 4, 29),)]


def test_a_perpetuals_high_is_its_own_and_24_hourly_rates_make_its_funding(made_up: Warehouse) -> None:
    """Each venue is a scope of its own, and a contract of 1000 coins is priced per coin."""
    high = (
        "select scope, asset, value from marts.fct_daily_metrics "
        "where metric = 'perpetual_price_usd' and statistic = 'high' order by scope"
    )
    assert made_up.rows(high) == [("binance", "PEPE", 0.4), ("bybit", "LTC", 410), ("hyperliquid", "LTC", 400)]
    quotes = "select quote_asset, volume from marts.fct_daily_perpetual_prices order by scope"
    assert made_up.rows(quotes) == [("USDT", 3000), ("USDT", 3), ("USD", 3)]
    funding = "select funding_rate_ratio from marts.fct_daily_derivatives where scope = 'hyperliquid' and asset = 'LTC'"
    assert made_up.row(funding)[0] == pytest.approx(0.00001 * 24 / 3)


def test_the_first_snapshot_after_a_day_has_what_was_liquidated_in_its_24_hours(made_up: Warehouse) -> None:
    columns = "trade_date, snapshot_at, long_usd, short_usd, total_usd, venue_list, revision_count"
    assert made_up.rows(f"select {columns} from marts.fct_daily_market_liquidations") == [
        (date(2025, 5, 7), datetime(2025, 5, 8, 1), Decimal(110), Decimal(40), Decimal(150), "binance,okx", 0)
    ]
    where = "where scope = 'coinmarketcap_all' and time_window = 'rolling_24h' and asset = 'ALL'"
    values = made_up.rows(f"select metric, value, is_lower_bound from marts.fct_daily_metrics {where} order by all")
    assert values == [
        ("long_liquidations_usd", 110, True),
        ("short_liquidations_usd", 40, True),
        ("total_liquidations_usd", 150, True),
    ]


def test_a_vendors_record_of_all_times_is_known_from_the_run_that_saw_it(made_up: Warehouse) -> None:
    columns = "asset, trade_date, high_usd, is_in_force"
    first, second = (("LTC", date(2021, 5, 10), Decimal("410.26")), ("LTC", date(2025, 5, 8), Decimal("500.5")))
    assert made_up.rows(f"select {columns} from marts.fct_all_time_highs") == [(*first, False), (*second, True)]
    assert made_up.rows(f"select {columns} from all_time_highs_as_of('2025-05-09')") == [(*first, True)]
    where = "where metric = 'all_time_high_usd' and trade_date = '2025-05-08'"
    assert made_up.row(f"select scope, value, is_record_high from marts.fct_daily_records {where}") == (
        *("coingecko_all", 500.5, True),
    )


def test_days_that_no_figure_is_due_for_are_not_missing(made_up: Warehouse) -> None:
    """A report of Tuesdays, and records of all times; the index of every day has a gap."""
    gaps = made_up.rows(
        "select distinct metric from marts.rpt_gaps where scope in ('cme', 'coingecko_all', 'deribit_dvol')"
    )
    assert gaps == [("implied_volatility_ratio",)]


def test_bitcoins_share_of_an_import_is_a_fraction_of_its_own_universe(made_up: Warehouse) -> None:
    where = "where metric = 'btc_dominance_ratio' and scope = 'tradingview_top125'"
    shapes = made_up.rows(f"select time_window, statistic, value from marts.fct_daily_metrics {where} order by all")
    values = {"close": 0.6425, "high": 0.65125, "low": 0.635, "open": 0.64}
    assert shapes == [("utc_day", statistic, pytest.approx(value)) for statistic, value in values.items()]
    revision = made_up.row(f"select statistic, old_value, new_value from marts.fct_revisions {where}")
    assert revision == ("close", pytest.approx(0.645), pytest.approx(0.6425))


@pytest.mark.parametrize(
    ("sentence", "verdicts"),
    [
        ("Litecoin hit an all-time high of $500 on May 8, according to CoinGecko.", ["confirmed"]),
        ("Litecoin hit a record high of $600 on May 8.", ["refuted"]),
        ("Litecoin reached $500 on May 8.", []),
        ("Litecoin hit its highest since April of $500 on May 8.", []),
        ("Litecoin hit an all-time high of $500 on Binance on May 8.", []),
    ],
)
def test_a_record_price_of_a_text_may_be_a_vendors(made_up: Warehouse, sentence: str, verdicts: list[str]) -> None:
    (read,) = Market(made_up.release_file).verify(sentence, date=date(2025, 5, 12)).sentences
    found = [one.measured for claim in read.claims for one in claim.interpretations]
    assert [one.verdict for one in found if one.metric == "all_time_high_usd"] == verdicts
