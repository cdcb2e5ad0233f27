"""Figures of the bundled sample that are known from what was published, out of the marts."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.warehouse.conftest import Warehouse

EIGHTH_OF_MAY = date(2025, 5, 8)


def test_bitcoins_day_is_the_one_that_binance_published(sample: Warehouse) -> None:
    source, quote, high, close, high_at, is_final = sample.row(
        "select source, quote_asset, high_usd, close_usd, high_at, is_final from marts.fct_daily_prices "
        "where asset = 'BTC' and trade_date = '2025-05-08'"
    )
    assert (source, quote, high, close) == ("binance", "USDT", Decimal("104145.76"), Decimal("103261.60"))
    assert high_at == datetime(2025, 5, 8, 21)
    assert is_final


def test_return_is_over_the_utc_day(sample: Warehouse) -> None:
    (return_ratio,) = sample.row(
        "select return_ratio from marts.fct_daily_prices where asset = 'BTC' and trade_date = '2025-05-08'"
    )
    assert return_ratio == pytest.approx(0.0642, abs=5e-5)


def test_venues_stand_side_by_side(sample: Warehouse) -> None:
    closes = dict(
        sample.rows(
            "select venue, close_usd from marts.fct_daily_venue_prices "
            "where asset = 'BTC' and trade_date = '2025-05-08'"
        )
    )
    assert closes == {"binance": Decimal("103261.60"), "coinbase": Decimal("103253.49")}
    venue_count, spread_bps = sample.row(
        "select venue_count, venue_spread_bps from marts.fct_daily_prices "
        "where asset = 'BTC' and trade_date = '2025-05-08'"
    )
    assert venue_count == 2
    assert spread_bps == pytest.approx(10_000 * (103261.60 / 103253.49 - 1))


def test_the_running_day_is_absent(sample: Warehouse) -> None:
    assert sample.row("select max(trade_date) from marts.fct_daily_prices") == (date(2025, 5, 11),)
    assert sample.row("select max(hour_at) from marts.fct_hourly_prices") == (datetime(2025, 5, 12, 5),)


def test_etf_flows_add_up_to_40_806_million_since_launch(sample: Warehouse) -> None:
    flow, cumulative, source, reconciled, gap, is_final = sample.row(
        "select net_flow_usd, cumulative_net_flow_usd, source, reconciled_source, reconciliation_gap_usd, is_final "
        "from marts.fct_daily_etf_totals where asset = 'BTC' and trade_date = '2025-05-08'"
    )
    assert (flow, cumulative) == (Decimal(117_400_000), Decimal(40_806_100_000))
    assert (source, reconciled, gap) == ("farside", "defillama", 0)
    assert is_final


def test_sessions_before_the_funds_history_come_from_the_source_of_totals(sample: Warehouse) -> None:
    first = sample.row(
        "select trade_date, net_flow_usd, source, inflow_usd, funds_reported_count, cumulative_net_flow_usd "
        "from marts.fct_daily_etf_totals where asset = 'BTC' order by trade_date limit 1"
    )
    launch_flow = Decimal(655_300_000)
    assert first == (date(2024, 1, 11), launch_flow, "defillama", None, 0, launch_flow)
    by_source = dict(sample.rows("select source, count(*) from marts.fct_daily_etf_totals group by source"))
    assert by_source == {"farside": 32, "defillama": 502}


def test_a_fund_without_its_whole_history_has_no_cumulative_flow(sample: Warehouse) -> None:
    flow, state, cumulative = sample.row(
        "select net_flow_usd, state, cumulative_net_flow_usd from marts.fct_daily_etf_flows "
        "where asset = 'BTC' and fund_ticker = 'IBIT' and trade_date = '2025-05-08'"
    )
    assert (flow, state, cumulative) == (Decimal(69_000_000), "reported", None)


def test_liquidations_are_those_of_one_venue_and_not_final(sample: Warehouse) -> None:
    scope, longs, shorts, total, share, lower_bound, is_final, revisions = sample.row(
        "select scope, long_usd, short_usd, total_usd, long_share_ratio, is_lower_bound, is_final, revision_count "
        "from marts.fct_daily_liquidations where asset = 'BTC' and trade_date = '2025-05-08'"
    )
    assert (scope, longs, shorts) == ("binance", Decimal("6749832.91"), Decimal("57781833.61"))
    assert total == longs + shorts
    assert share == pytest.approx(float(longs) / float(total))
    assert (lower_bound, is_final, revisions) == (True, False, 0)


def test_capitalisation_without_bitcoin_rose_by_9_37_percent_between_the_snapshots(sample: Warehouse) -> None:
    (before, _), (after, snapshot_at) = sample.rows(
        "select ex_btc_usd, snapshot_at from marts.fct_daily_market_caps where scope = 'coinmarketcap_all' "
        "and trade_date in ('2025-05-07', '2025-05-08') order by trade_date"
    )
    assert (round(before / 10**9, 1), round(after / 10**9, 1)) == (Decimal("1074.6"), Decimal("1175.2"))
    assert round(after / before - 1, 4) == Decimal("0.0937")
    assert snapshot_at == datetime(2025, 5, 9, 1, 42, 59)


def test_the_top_125_without_bitcoin_end_with_the_import(sample: Warehouse) -> None:
    last = sample.row(
        "select trade_date, total_usd, btc_usd, ex_btc_usd, ex_btc_high_usd from marts.fct_daily_market_caps "
        "where scope = 'tradingview_top125' order by trade_date desc limit 1"
    )
    assert last == (date(2025, 4, 29), None, None, Decimal(1_050_180_330_060), Decimal(1_054_784_862_363))


def test_the_wide_table_names_the_definition_of_every_figure(sample: Warehouse) -> None:
    row = sample.row(
        "select price_source, liquidation_scope, market_cap_scope, etf_net_flow_usd, short_liquidations_usd, events "
        "from marts.fct_daily_market where asset = 'BTC' and trade_date = '2025-05-08'"
    )
    assert row[:3] == ("binance", "binance", "coinmarketcap_all")
    assert row[3:5] == (Decimal(117_400_000), Decimal("57781833.61"))
    assert "trade deal" in str(row[5])
    pectra = "select asset from marts.fct_daily_market where events like '%Pectra%'"
    assert sample.rows(pectra) == [("ETH",)], "an event of one asset is not one of the others"


def test_calendar_knows_good_friday(sample: Warehouse) -> None:
    is_session, previous, following = sample.row(
        "select is_nyse_session, previous_session_date, next_session_date from marts.dim_dates "
        "where date = '2025-04-18'"
    )
    assert (is_session, previous, following) == (False, date(2025, 4, 17), date(2025, 4, 21))
    assert sample.row("select is_early_close from marts.dim_dates where date = '2024-11-29'") == (True,)
    assert sample.row("select is_nyse_session from marts.dim_dates where date = '2010-01-04'") == (None,)


def test_restatements_are_counted_and_the_newest_is_the_figure(restated: Warehouse) -> None:
    shorts, revisions, first_seen, last_changed, is_final = restated.row(
        "select short_usd, revision_count, first_observed_at, observed_at, is_final "
        "from marts.fct_daily_liquidations where asset = 'BTC' and trade_date = '2025-05-08'"
    )
    assert (shorts, revisions, is_final) == (Decimal("56294140.75"), 2, True)
    assert (first_seen, last_changed) == (datetime(2025, 5, 12, 6), datetime(2025, 8, 29, 6))
    versions = restated.rows(
        "select short_usd from marts.fct_liquidation_versions "
        "where asset = 'BTC' and trade_date = '2025-05-08' order by observed_at"
    )
    assert [float(shorts) for (shorts,) in versions] == [57781833.61, 30931070.31, 56294140.75]
