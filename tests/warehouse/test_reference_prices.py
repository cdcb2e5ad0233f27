"""What stands beside prices and market caps: aggregators, the rate of Tether, single assets, charts of the past."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from orchestration.settings import DEFAULT_ASSETS, SAMPLE_ASSETS
from tests.warehouse.conftest import Warehouse
from tests.warehouse.raw_tables import MONDAY_MORNING

MAY_8 = date(2025, 5, 8)


def test_the_point_nearest_to_midnight_is_the_close_and_a_farther_one_never_replaces_it(made_up: Warehouse) -> None:
    source, price, as_of, revisions = made_up.row(
        "select source, reference_usd, as_of_at, revision_count from marts.fct_daily_reference_prices "
        "where asset = 'LTC' and source = 'defillama_coins'"
    )
    assert (source, price, as_of) == ("defillama_coins", 105, datetime(2025, 5, 8, 23, 59, 10))
    assert revisions == 1, "a nearer point came late; the one after it lies farther off"


def test_a_close_stands_beside_its_reference_with_and_without_the_basis(made_up: Warehouse) -> None:
    close, venue, quote, gap, gap_in_usd, changed, revisions = made_up.row(
        "select close_usd, venue, quote_asset, gap_bps, gap_in_usd_bps, observed_at, revision_count "
        "from marts.fct_daily_reference_prices where asset = 'LTC' and source = 'coinmetrics'"
    )
    assert (close, venue, quote) == (100, "binance", "USDT")
    assert gap == pytest.approx((100 / 64 - 1) * 10_000)
    assert gap_in_usd == pytest.approx((102 / 64 - 1) * 10_000), "one USDT was worth 1.02 US dollars"
    assert (changed, revisions) == (datetime(2025, 5, 9, 12), 1)


def test_an_asset_without_a_reference_price_has_none(made_up: Warehouse) -> None:
    assert made_up.rows("select source from marts.fct_daily_reference_prices where asset = 'SOL'") == []


def test_current_and_estimated_supply_are_two_figures(made_up: Warehouse) -> None:
    caps = made_up.rows(
        "select asset, supply_basis, market_cap_usd, supply, revision_count, as_of_at "
        "from marts.fct_daily_asset_market_caps order by all"
    )
    midnight = datetime(2025, 5, 9)
    assert caps == [
        ("LTC", "current", Decimal("6400.50"), 80, 1, midnight),
        ("LTC", "estimated", Decimal("8004.25"), None, 0, midnight),
        ("SOL", "estimated", 500, None, 0, midnight),
    ]


def test_tether_is_no_dollar_and_the_preferred_venue_says_how_far_off_it_was(made_up: Warehouse) -> None:
    rates = made_up.rows(
        "select trade_date, quote_asset, rate_usd, basis_bps, source, venue_count, venue_spread_bps "
        "from marts.fct_daily_quote_rates order by 1"
    )
    assert rates == [
        (date(2025, 5, 7), "USDT", Decimal("0.98"), pytest.approx(-200), "kraken", 1, None),
        (MAY_8, "USDT", Decimal("1.02"), pytest.approx(200), "coinbase", 2, pytest.approx(200)),
    ], "Kraken's 9 May is a filled day without a trade: nobody paid that price"


def test_tether_is_no_asset_that_is_followed(made_up: Warehouse) -> None:
    followed = made_up.rows("select distinct asset from marts.fct_daily_venue_prices")
    assert ("USDT",) not in followed
    assert ("LTC",) in followed


def test_charts_fill_days_that_no_documented_snapshot_tells_and_give_way_to_one(made_up: Warehouse) -> None:
    days = made_up.rows(
        "select trade_date, source, total_usd, snapshot_at, revision_count from marts.fct_daily_market_caps "
        "where scope = 'coinmarketcap_all' order by 1"
    )
    assert days == [
        (date(2025, 5, 7), "coinmarketcap_web", 1500, datetime(2025, 5, 8, 0, 2), 0),
        (MAY_8, "coinmarketcap", 1600, datetime(2025, 5, 9, 0, 5), 1),
        (date(2025, 5, 9), "coinmarketcap", 1000, datetime(2025, 5, 10), 1),
    ]
    versions = made_up.rows(
        "select observed_at, source from marts.fct_market_cap_versions where trade_date = '2025-05-09' order by 1"
    )
    assert versions == [(datetime(2025, 5, 10, 1), "coinmarketcap_web"), (MONDAY_MORNING, "coinmarketcap")]


def test_every_asset_of_the_sample_has_a_name_at_every_price_source(sample: Warehouse) -> None:
    lacking = sample.rows(
        "select sources.source, assets.asset from (values ('binance'), ('binance_archive'), ('coinbase'), ('kraken'), "
        "('bitstamp'), ('okx'), ('coinmetrics'), ('defillama_coins')) as sources (source) "
        f"cross join (select unnest({SAMPLE_ASSETS.split(',')}) as asset) as assets "
        "anti join marts.dim_asset_symbols as symbols "
        "on symbols.source = sources.source and symbols.asset = assets.asset"
    )
    assert lacking == [("bitstamp", "BNB")], "the one pair that its venue does not list"


def test_a_new_default_asset_has_a_name_where_a_source_is_known_to_list_it(sample: Warehouse) -> None:
    """HYPE trades as a perpetual first: venues' spot pairs of it are unconfirmed."""
    added = DEFAULT_ASSETS.removeprefix(SAMPLE_ASSETS).strip(",").split(",")
    counted = sample.rows(
        "select asset, count(*) filter (where source in ('binance', 'coinbase', 'kraken', 'okx')) as venues, "
        "count(*) filter (where source in ('hyperliquid', 'binance_futures', 'bybit', 'okx_futures')) as perpetuals "
        f"from marts.dim_asset_symbols where list_contains({added}, asset) group by asset order by asset"
    )
    assert counted == [("DOT", 4, 4), ("HYPE", 0, 4), ("SUI", 4, 4), ("TRX", 3, 4)]
