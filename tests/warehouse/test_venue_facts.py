"""Prices, liquidations and capitalisations in the awkward cases: gaps, ties, restatements, zeros, several snapshots."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.warehouse.conftest import Warehouse
from tests.warehouse.raw_tables import MONDAY_MORNING


def test_each_day_comes_from_the_preferred_venue_that_has_it(made_up: Warehouse) -> None:
    days = made_up.rows(
        "select trade_date, source, quote_asset, venue_count from marts.fct_daily_prices where asset = 'XRP' order by 1"
    )
    assert days == [
        (date(2025, 5, 1), "binance", "USDT", 1),
        (date(2025, 5, 2), "binance", "USDT", 1),
        (date(2025, 5, 3), "coinbase", "USD", 1),
        (date(2025, 5, 4), "binance", "USDT", 2),
        (date(2025, 5, 5), "binance", "USDT", 2),
    ]


def test_a_figure_that_changed_and_changed_back_has_two_revisions(made_up: Warehouse) -> None:
    close, revisions, first, last = made_up.row(
        "select close_usd, revision_count, first_observed_at, observed_at from marts.fct_daily_venue_prices "
        "where asset = 'LTC' and trade_date = '2025-05-08'"
    )
    assert (close, revisions) == (100, 2)
    assert (first, last) == (datetime(2025, 5, 9, 1), datetime(2025, 5, 9, 3)), "seeing a figure again changes nothing"


def test_a_better_venue_that_came_late_takes_the_day_and_the_revisions_tell(made_up: Warehouse) -> None:
    (day,) = made_up.rows(
        "select trade_date, source, close_usd, venue_count from marts.fct_daily_prices where asset = 'SOL'"
    )
    assert day == (date(2025, 5, 8), "binance", 104, 4), "Kraken's 9 May is a filled day without a trade: no price"
    revisions = made_up.rows(
        "select observed_at, previous_source, source, old_value, new_value from marts.fct_revisions "
        "where asset = 'SOL' and scope = 'preferred_venue' order by observed_at"
    )
    assert revisions == [
        (datetime(2025, 5, 9, 2), "okx", "kraken", 101, 102),
        (datetime(2025, 5, 9, 3), "kraken", "binance", 102, 104),
    ], "Bitstamp came last and ranks below Binance: it changed nothing"


def test_microseconds_are_the_same_instant_and_an_open_bar_is_no_fact(made_up: Warehouse) -> None:
    days = made_up.rows("select trade_date from marts.fct_daily_prices where asset = 'LTC' order by 1")
    assert days == [(date(2025, 5, 7),), (date(2025, 5, 8),), (date(2025, 5, 9),)]


def test_a_day_of_the_archive_and_of_the_api_is_one_day(made_up: Warehouse) -> None:
    days = made_up.rows(
        "select trade_date, close_usd, revision_count from marts.fct_daily_venue_prices "
        "where asset = 'LTC' and trade_date != '2025-05-08' order by 1"
    )
    assert days == [(date(2025, 5, 7), 90, 0), (date(2025, 5, 9), 150, 0)]


def test_the_hour_of_an_extreme_is_told_only_when_an_hour_reaches_it(made_up: Warehouse) -> None:
    high_at, low_at = made_up.row(
        "select high_at, low_at from marts.fct_daily_prices where asset = 'LTC' and trade_date = '2025-05-09'"
    )
    assert (high_at, low_at) == (None, datetime(2025, 5, 9, 3))


def test_volume_in_dollars_is_null_where_the_venue_gives_none(made_up: Warehouse) -> None:
    volumes = made_up.rows(
        "select venue, volume_usd from marts.fct_daily_venue_prices where asset = 'XRP' and trade_date = '2025-05-04' "
        "order by venue"
    )
    assert volumes == [("binance", 0), ("coinbase", None)], "a real 0 is a 0, an absent figure is null"


def test_liquidation_scopes_are_sets_of_venues(made_up: Warehouse) -> None:
    scopes = made_up.rows(
        "select scope, venue_count, long_usd, revision_count from marts.fct_daily_liquidations "
        "where trade_date = '2025-05-08' and source = 'coinglass' order by scope"
    )
    assert scopes == [("binance", 1, 30, 0), ("binance+okx", 2, 50, 1), ("coinglass_all", 9, 75, 0)]


def test_hours_make_a_day_when_all_are_known_and_a_run_in_progress_is_no_restatement(made_up: Warehouse) -> None:
    days = made_up.rows(
        "select trade_date, long_usd, short_usd, revision_count, first_observed_at "
        "from marts.fct_daily_liquidations where scope = 'gate'"
    )
    assert days == [(date(2025, 5, 8), 58, 24, 1, datetime(2025, 5, 9, 2, 0, 20))]
    versions = made_up.rows(
        "select long_usd from marts.fct_liquidation_versions where scope = 'gate' order by observed_at"
    )
    assert versions == [(48,), (58,)]


def test_contracts_of_a_coin_add_up_once_per_venue_and_once_over_all(made_up: Warehouse) -> None:
    versions = made_up.rows(
        "select scope, venue_list, long_usd, observed_at from marts.fct_liquidation_versions "
        "where source = 'coinalyze' order by scope, observed_at"
    )
    monday = datetime(2025, 5, 12, 6)
    assert versions == [
        ("binance", "binance", 12, datetime(2025, 5, 9, 2)),
        ("binance", "binance", 14, monday),
        ("coinalyze_all", "binance,htx", 28, datetime(2025, 5, 9, 2, 1)),
        ("coinalyze_all", "binance,htx", 30, monday),
        ("htx", "htx", 16, datetime(2025, 5, 9, 2, 1)),
    ]


def test_a_scope_has_one_source_and_its_gaps_stay_gaps(made_up: Warehouse) -> None:
    """CoinGlass has Binance too, and comes first: of Coinalyze's day nothing is taken, nor mixed in."""
    sources = made_up.rows(
        "select scope, string_agg(distinct source) from marts.fct_daily_liquidations group by scope order by scope"
    )
    assert dict(sources)["binance"] == "coinglass"
    assert dict(sources)["coinalyze_all"] == "coinalyze"
    assert all("," not in source for _, source in sources)


def test_funding_is_a_fraction_per_eight_hours_weighed_by_open_positions(made_up: Warehouse) -> None:
    days = made_up.rows(
        "select scope, open_interest_usd, funding_rate_ratio, funding_rate_annual_ratio, long_short_account_ratio "
        "from marts.fct_daily_derivatives where source = 'coinalyze' order by scope"
    )
    # 0.02 percent every 8 hours at Binance, 0.01 percent every hour at Hyperliquid.
    binance, hyperliquid = 0.0002, 0.0008
    weighed = (300 * binance + 100 * hyperliquid) / 400
    ratio = pytest.approx(1.5)
    assert days == [
        ("binance", 300, pytest.approx(binance), pytest.approx(binance * 1095), ratio),
        ("coinalyze_all", 400, pytest.approx(weighed), pytest.approx(weighed * 1095), ratio),
        ("hyperliquid", 100, pytest.approx(hyperliquid), pytest.approx(hyperliquid * 1095), None),
    ]


def test_an_event_closes_the_position_that_the_convention_of_its_venue_says(made_up: Warehouse) -> None:
    events = made_up.rows(
        "select venue, side_as_reported, side_convention, liquidated_side, value_usd, occurrence_number "
        "from marts.fct_liquidation_events where trade_date = '2025-05-08' order by venue, event_at, 5, 6"
    )
    assert events == [
        ("bitfinex", "buy", "position", "long", 3, 1),
        ("bitfinex", "sell", "position", "short", 10, 1),
        ("bitfinex", "buy", "position", "long", 20, 1),
        ("okx", "sell", "order", "long", 600, 1),
        ("okx", "sell", "order", "long", 600, 2),
        ("okx", "buy", "order", "short", 600, 1),
        ("okx", "buy", "order", "short", 200, 1),
    ]


def test_an_event_that_was_heard_and_asked_for_is_one_known_since_it_was_heard(made_up: Warehouse) -> None:
    events = made_up.rows(
        "select hour(event_at), occurrence_number, source, observed_at from marts.fct_liquidation_events "
        "where venue = 'okx' and trade_date = '2025-05-08' order by all"
    )
    heard, asked = datetime(2025, 5, 8, 7), datetime(2025, 5, 9, 2)
    assert events == [
        (1, 1, "okx_stream", heard),
        (1, 2, "okx_futures", asked),
        (5, 1, "okx_futures", asked),
        (6, 1, "okx_stream", heard),
    ]
    assert made_up.rows("select distinct asset from marts.fct_liquidation_events where source = 'okx_stream'") == [
        ("XRP",)
    ], "the stream tells other coins too"


def test_events_make_a_day_only_when_all_of_it_was_asked_for(made_up: Warehouse) -> None:
    days = made_up.rows(
        "select asset, scope, trade_date, long_usd, short_usd, revision_count, first_observed_at "
        "from marts.fct_daily_liquidations where asset = 'XRP' and source in ('okx_futures', 'bitfinex') order by 2, 3"
    )
    covered = datetime(2025, 5, 10, 2)
    assert days == [
        ("XRP", "bitfinex", date(2025, 5, 8), 23, 10, 1, covered),
        ("XRP", "bitfinex", date(2025, 5, 9), 0, 0, 0, covered),
        ("XRP", "okx", date(2025, 5, 8), 1200, 600, 0, datetime(2025, 5, 9, 10, 0, 5)),
    ], "a day without events is a real zero, a day of which something was not told is missing"


def test_a_stream_counts_where_it_was_listened_to_all_day(made_up: Warehouse) -> None:
    events = made_up.rows(
        "select venue, side_as_reported, side_convention, liquidated_side, value_usd, price_basis "
        "from marts.fct_liquidation_events where asset = 'DOGE' order by venue"
    )
    assert events == [
        ("binance", "sell", "order", "long", 21, "fill"),
        ("bybit", "buy", "position", "long", 20, "bankruptcy"),
    ]
    days = made_up.rows(
        "select scope, trade_date, long_usd, short_usd, venue_list, source from marts.fct_daily_liquidations "
        "where asset = 'DOGE' and source like '%_stream'"
    )
    assert days == [("bybit", date(2025, 5, 7), 20, 0, "bybit", "bybit_stream")]


def test_the_streams_of_new_venues_are_valued_in_coins_and_dollars_as_each_counts(made_up: Warehouse) -> None:
    """Contracts of 1000 coins are scaled, Bitget's amount is dollars, and sides are orders' or positions'."""
    events = made_up.rows(
        "select venue, asset, liquidated_side, side_convention, quantity, price_usd, value_usd "
        "from marts.fct_liquidation_events where trade_date = '2025-05-07' and value_usd = 250 order by venue, event_at"
    )
    coins, price = 20_000_000, Decimal("0.0000125")
    assert events == [
        ("aster", "PEPE", "long", "order", coins, price, 250),
        ("binance", "SHIB", "long", "order", coins, price, 250),
        ("bitget", "LINK", "long", "position", Decimal("2.5"), 100, 250),
        ("bybit", "PEPE", "long", "position", coins, price, 250),
        ("dydx", "LINK", "long", "order", Decimal("2.5"), 100, 250),
        ("lighter", "SHIB", "long", "order", coins, price, 250),
        ("lighter", "SHIB", "short", "order", coins, price, 250),
    ]


def test_a_day_of_a_new_venue_counts_without_a_hole_and_is_restated_by_a_late_event(made_up: Warehouse) -> None:
    days = made_up.rows(
        "select scope, asset, trade_date, long_usd, short_usd, source, first_observed_at, observed_at, revision_count "
        "from marts.fct_daily_liquidations where scope in ('aster', 'bitget', 'dydx', 'lighter') order by scope"
    )
    may_7, ended, later = date(2025, 5, 7), datetime(2025, 5, 8), datetime(2025, 5, 8, 1)
    assert days == [
        ("aster", "PEPE", may_7, 250, 0, "aster_stream", ended, ended, 0),
        ("bitget", "LINK", may_7, 250, 0, "bitget_stream", ended, ended, 0),
        ("lighter", "SHIB", may_7, 250, 250, "lighter_stream", ended, later, 1),
    ], "dYdX's day has a hole"
    [(largest, count)] = made_up.rows(
        "select largest_event_usd, event_count from marts.fct_daily_leverage "
        "where scope = 'lighter' and asset = 'SHIB' and trade_date = '2025-05-07'"
    )
    assert (largest, count) == (250, 2)
    [(sentence,)] = made_up.rows(
        "select sentence from marts.rpt_restatements "
        "where source = 'lighter_stream' and metric = 'total_liquidations_usd'"
    )
    assert "250.00 USD became 500.00 USD (Lighter, with events that came late)" in sentence, "nobody restated it"


def test_a_day_of_events_is_known_when_its_last_piece_was_told(made_up: Warehouse) -> None:
    days = made_up.rows(
        "select trade_date, total_usd, observed_at from marts.fct_liquidation_versions "
        "where asset = 'XRP' and source = 'htx' order by all"
    )
    assert days == [(date(2025, 5, 9), 0, MONDAY_MORNING)], "8 May was told with a record that nobody could read"


def test_the_last_hour_tells_how_a_day_ended(made_up: Warehouse) -> None:
    days = made_up.rows(
        "select trade_date, open_interest_usd, open_interest_change_ratio, long_short_account_ratio, "
        "funding_rate_ratio, source from marts.fct_daily_derivatives where asset = 'XRP' and scope = 'gate' order by 1"
    )
    assert days == [
        (date(2025, 5, 8), 823, None, 1.5, None, "gate"),
        (date(2025, 5, 9), 923, pytest.approx(923 / 823 - 1), 1.5, None, "gate"),
    ]


def test_share_of_nothing_is_null(made_up: Warehouse) -> None:
    total, share = made_up.row(
        "select total_usd, long_share_ratio from marts.fct_daily_liquidations where trade_date = '2025-05-09' "
        "and scope = 'binance'"
    )
    assert (total, share) == (0, None)


def test_a_later_snapshot_never_replaces_one_nearer_to_midnight(made_up: Warehouse) -> None:
    ex_btc, btc, snapshot_at, revisions = made_up.row(
        "select ex_btc_usd, btc_usd, snapshot_at, revision_count from marts.fct_daily_market_caps "
        "where trade_date = '2025-05-08'"
    )
    assert (ex_btc, btc, revisions) == (Decimal(800), Decimal(800), 1)
    assert snapshot_at == datetime(2025, 5, 9, 0, 5)
    known = made_up.rows(
        "select observed_at, ex_btc_usd from marts.fct_market_cap_versions where trade_date = '2025-05-08' order by 1"
    )
    assert known == [(datetime(2025, 5, 9, 2), 900), (datetime(2025, 5, 9, 3), 800)]


def test_every_snapshot_is_published_and_one_of_them_is_the_days(made_up: Warehouse) -> None:
    """The one at 00:05 displaces the one at 01:45 in the day's row, which stays readable beside it."""
    snapshots = made_up.rows(
        "select snapshot_at, source, total_usd, btc_usd, ex_btc_usd, is_value_of_the_day, first_observed_at, "
        "revision_count from marts.fct_market_cap_snapshots "
        "where scope = 'coinmarketcap_all' and trade_date in ('2025-05-08', '2025-05-09') order by 1, 2"
    )
    taken = {instant: datetime(2025, 5, 9, *instant) for instant in ((0, 5), (1, 45), (4, 0))}
    assert [snapshot for snapshot in snapshots if snapshot[1] == "coinmarketcap"] == [
        (taken[0, 5], "coinmarketcap", 1600, 800, 800, True, datetime(2025, 5, 9, 3), 0),
        (taken[1, 45], "coinmarketcap", 1600, 700, 900, False, datetime(2025, 5, 9, 2), 0),
        (taken[4, 0], "coinmarketcap", 1600, 900, 700, False, datetime(2025, 5, 9, 5), 0),
        (datetime(2025, 5, 10), "coinmarketcap", 1000, 600, 400, True, MONDAY_MORNING, 0),
    ]
    days = "select trade_date, source from marts."
    assert made_up.rows(f"{days}fct_market_cap_snapshots where is_value_of_the_day order by all") == made_up.rows(
        f"{days}fct_daily_market_caps order by all"
    )


def test_a_snapshot_at_midnight_tells_how_the_day_before_ended(made_up: Warehouse) -> None:
    assert made_up.row("select ex_btc_usd from marts.fct_daily_market_caps where trade_date = '2025-05-09'") == (400,)


def test_the_wide_table_takes_one_liquidation_scope_for_all_days(made_up: Warehouse) -> None:
    scopes = made_up.rows("select distinct liquidation_scope from marts.fct_daily_market where asset = 'XRP'")
    assert scopes == [(None,)], "XRP has no price on the days of its liquidations"
