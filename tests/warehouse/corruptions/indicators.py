"""Spoiled stablecoins, exchange flows, moods and positions. The sample has none: good rows come with the bad ones."""

from tests.warehouse.corruptions.corruption import Corruption, store

DAYS = "generate_series(date '2025-04-12', date '2025-05-11', interval 1 day) as series (day)"
TRADERS = ("dealer", "asset_manager", "leveraged_fund")
SEEN = {
    "trade_date": "day::date",
    "is_final": "true",
    "first_observed_at": "day + interval 30 hour",
    "observed_at": "day + interval 30 hour",
    "revision_count": "0",
}


def stablecoins(**spoiled: str) -> str:
    """SQL that stores thirty days of all stablecoins, with the spoiled columns as expressions over `day`."""
    columns = {"asset": "'ALL'", "scope": "'defillama_all'", "supply_usd": "2e11", "source": "'defillama_stablecoins'"}
    return store("fct_daily_stablecoins", SEEN | columns | spoiled, DAYS)


def exchange_flows(**spoiled: str) -> str:
    """SQL that stores thirty days of Bitcoin's flows into and out of exchanges."""
    columns = {"asset": "'BTC'", "scope": "'coinmetrics_exchanges'", "source": "'coinmetrics'"}
    flows = {"inflow_coins": "30000", "outflow_coins": "31000", "net_inflow_coins": "-1000"}
    return store("fct_daily_exchange_flows", SEEN | columns | flows | spoiled, DAYS)


def sentiment(**spoiled: str) -> str:
    """SQL that stores thirty days of the fear and greed index."""
    columns = {"asset": "'ALL'", "scope": "'alternative_me'", "source": "'alternative'", "fear_greed_points": "50"}
    return store("fct_daily_sentiment", SEEN | columns | spoiled, DAYS)


def volatility(**spoiled: str) -> str:
    """SQL that stores thirty bars of Bitcoin's implied volatility."""
    columns = {"asset": "'BTC'", "scope": "'deribit_dvol'", "source": "'deribit'"}
    bar = {"open_ratio": "0.5", "high_ratio": "0.55", "low_ratio": "0.45", "close_ratio": "0.48"}
    return store("fct_daily_implied_volatility", SEEN | columns | bar | spoiled, DAYS)


def market_liquidations(**spoiled: str) -> str:
    """SQL that stores thirty days of what was liquidated over all coins."""
    columns = {"asset": "'ALL'", "scope": "'coinmarketcap_all'", "source": "'coinmarketcap_liquidations'"}
    figures = {"long_usd": "2e8", "short_usd": "1e8", "total_usd": "3e8", "snapshot_at": "day + interval 26 hour"}
    return store("fct_daily_market_liquidations", SEEN | columns | figures | spoiled, DAYS)


def perpetuals(**spoiled: str) -> str:
    """SQL that stores a bar of Bitcoin's perpetual for every day of its spot price."""
    columns = {"asset": "'BTC'", "scope": "'hyperliquid'", "source": "'hyperliquid'", "quote_asset": "'USD'"}
    columns |= {"close_usd": "close_usd"}
    origin = "(select *, trade_date as day from marts.fct_daily_prices where asset = 'BTC')"
    return store("fct_daily_perpetual_prices", SEEN | columns | spoiled, origin)


def all_time_highs(**spoiled: str) -> str:
    """SQL that stores Bitcoin's record of all times, reached thirty days ago."""
    columns = {"asset": "'BTC'", "scope": "'coingecko_all'", "source": "'coingecko'", "high_usd": "2e5"}
    reached = {"high_at": "day + interval 9 hour", "is_in_force": "true", "first_observed_at": "timestamp '2025-05-12'"}
    return store("fct_all_time_highs", SEEN | columns | reached | spoiled, "(select date '2025-04-12' as day)")


def dominance(**spoiled: str) -> str:
    """SQL that stores thirty bars of Bitcoin's share of the market."""
    columns = {"asset": "'ALL'", "scope": "'tradingview_top125'", "source": "'tradingview'"}
    bar = {"open_ratio": "0.62", "high_ratio": "0.63", "low_ratio": "0.61", "close_ratio": "0.625"}
    return store("fct_daily_dominance", SEEN | columns | bar | spoiled, DAYS)


def funding_ranges(**spoiled: str) -> str:
    """SQL that stores thirty days of Bitcoin's settlements of funding."""
    columns = {"asset": "'BTC'", "scope": "'binance'", "source": "'binance_futures'", "settlement_count": "3"}
    rates = {"high_ratio": "0.0001", "low_ratio": "0.00005", "last_ratio": "0.0001"}
    return store("fct_daily_funding_ranges", SEEN | columns | rates | spoiled, DAYS)


def settlements(**spoiled: str) -> str:
    """SQL that stores thirty single settlements of Bitcoin's funding."""
    columns = {"asset": "'BTC'", "scope": "'binance'", "source": "'binance_futures'", "settled_at": "day"}
    columns |= {name: value for name, value in SEEN.items() if name != "is_final"}
    paid = {"funding_rate_ratio": "0.0001", "paid_hours": "8"}
    return store("fct_funding_settlements", columns | paid | spoiled, DAYS)


def open_interest_ranges(**spoiled: str) -> str:
    """SQL that stores how high and low Bitcoin's open interest was on thirty days, beside the level at their end."""
    columns = {"asset": "'BTC'", "scope": "'binance'", "source": "'binance_futures'"}
    levels = {"high_usd": "9e9", "low_usd": "8e9", "level_count": "24"}
    end = {"open_interest_usd": "85e8", "venue_list": "'binance'", "venue_count": "1"}
    ranges = store("fct_daily_open_interest_ranges", SEEN | columns | levels | spoiled, DAYS)
    return f"{store('fct_daily_derivatives', SEEN | columns | end, DAYS)}; {ranges}"


def positions(**spoiled: str) -> str:
    """SQL that stores the positions of five Tuesdays."""
    columns = {"asset": "'BTC'", "scope": "'cme'", "source": "'cftc'", "open_interest_contracts": "28000"}
    held = {f"{who}_{side}_contracts": "5000" for who in TRADERS for side in ("long", "short")}
    return store("fct_weekly_futures_positioning", SEEN | columns | held | spoiled, DAYS, "where isodow(day) = 2")


def of_another_build(daily: str, table: str, versions: str, figure: str) -> str:
    """SQL that stores `daily` rows of a table, and versions with half of their figure."""
    columns = f"asset, scope, trade_date, source, observed_at, {figure} / 2 as {figure}"
    return f"{daily}; insert into marts.{versions} by name select {columns} from marts.{table}"


INDICATORS = (
    Corruption(
        "a supply of tomorrow",
        "stablecoin_figures_belong_to_closed_days",
        stablecoins(trade_date="day::date + 10"),
    ),
    Corruption(
        "a supply in thousands",
        "stablecoin_supply_keeps_its_unit",
        stablecoins(supply_usd="if(day = '2025-05-08', 2e8, 2e11)"),
    ),
    Corruption(
        "daily stablecoins of another build",
        "the_newest_stablecoin_version_is_published",
        of_another_build(stablecoins(), "fct_daily_stablecoins", "fct_stablecoin_versions", "supply_usd"),
    ),
    Corruption(
        "flows before Bitcoin",
        "exchange_flow_figures_belong_to_closed_days",
        exchange_flows(trade_date="(day - interval 20 year)::date"),
    ),
    Corruption(
        "an outflow that lacks most exchanges",
        "exchange_flows_nearly_balance",
        exchange_flows(outflow_coins="3000", net_inflow_coins="27000"),
    ),
    Corruption(
        "daily exchange flows of another build",
        "the_newest_exchange_flow_version_is_published",
        of_another_build(exchange_flows(), "fct_daily_exchange_flows", "fct_exchange_flow_versions", "inflow_coins"),
    ),
    Corruption("tomorrow's mood", "sentiment_figures_belong_to_closed_days", sentiment(trade_date="day::date + 10")),
    Corruption(
        "the mood of another index",
        "fear_and_greed_moves_less_than_40_points_a_day",
        sentiment(fear_greed_points="if(day = '2025-05-08', 5, 60)"),
    ),
    Corruption(
        "daily sentiment of another build",
        "the_newest_sentiment_version_is_published",
        of_another_build(sentiment(), "fct_daily_sentiment", "fct_sentiment_versions", "fear_greed_points"),
    ),
    Corruption(
        "a running day's volatility",
        "implied_volatility_figures_belong_to_closed_days",
        volatility(trade_date="day::date + 1"),
    ),
    Corruption("volatility in percent", "implied_volatility_is_an_annual_fraction", volatility(high_ratio="55")),
    Corruption(
        "daily implied volatility of another build",
        "the_newest_implied_volatility_version_is_published",
        of_another_build(
            volatility(), "fct_daily_implied_volatility", "fct_implied_volatility_versions", "close_ratio"
        ),
    ),
    Corruption(
        "liquidations of next week",
        "market_liquidation_figures_belong_to_closed_days",
        market_liquidations(trade_date="day::date + 7"),
    ),
    Corruption(
        "liquidations without the shorts",
        "both_sides_make_the_markets_liquidations",
        market_liquidations(short_usd="0"),
    ),
    Corruption(
        "daily market liquidations of another build",
        "the_newest_market_liquidation_version_is_published",
        of_another_build(
            market_liquidations(), "fct_daily_market_liquidations", "fct_market_liquidation_versions", "total_usd"
        ),
    ),
    Corruption(
        "a settlement of next week",
        "funding_range_figures_belong_to_closed_days",
        funding_ranges(trade_date="day::date + 7"),
    ),
    Corruption(
        "a rate in percent",
        "a_settlement_of_funding_is_a_small_part_of_a_position",
        settlements(funding_rate_ratio="0.05"),
    ),
    Corruption(
        "settlements of another build",
        "the_newest_funding_range_version_is_published",
        of_another_build(funding_ranges(), "fct_daily_funding_ranges", "fct_funding_range_versions", "high_ratio"),
    ),
    Corruption(
        "a peak of next week",
        "open_interest_range_figures_belong_to_closed_days",
        open_interest_ranges(trade_date="day::date + 7"),
    ),
    Corruption(
        "a peak below the day's end",
        "open_interest_ends_between_its_low_and_its_high",
        open_interest_ranges(high_usd="84e8"),
    ),
    Corruption(
        "peaks of another build",
        "the_newest_open_interest_range_version_is_published",
        of_another_build(
            open_interest_ranges(), "fct_daily_open_interest_ranges", "fct_open_interest_range_versions", "high_usd"
        ),
    ),
    Corruption(
        "a perpetual's bar of next week",
        "perpetual_price_figures_belong_to_closed_days",
        perpetuals(trade_date="day + 7"),
    ),
    Corruption(
        "a contract of a thousand coins",
        "perpetuals_close_within_2_percent_of_spot",
        perpetuals(close_usd="close_usd * 1000"),
    ),
    Corruption(
        "daily perpetual prices of another build",
        "the_newest_perpetual_price_version_is_published",
        of_another_build(perpetuals(), "fct_daily_perpetual_prices", "fct_perpetual_price_versions", "close_usd"),
    ),
    Corruption(
        "a record of next month",
        "all_time_high_figures_belong_to_closed_days",
        all_time_highs(trade_date="day + 60"),
    ),
    Corruption(
        "the record of a coin that costs a tenth",
        "no_close_is_far_above_a_record_of_all_times",
        all_time_highs(high_usd="9e3"),
    ),
    Corruption(
        "a record of another build",
        "every_record_of_all_times_is_a_stored_version",
        of_another_build(all_time_highs(), "fct_all_time_highs", "fct_all_time_high_versions", "high_usd"),
    ),
    Corruption("tomorrow's share", "dominance_figures_belong_to_closed_days", dominance(trade_date="day::date + 10")),
    Corruption(
        "daily dominance of another build",
        "the_newest_dominance_version_is_published",
        of_another_build(dominance(), "fct_daily_dominance", "fct_dominance_versions", "close_ratio"),
    ),
    Corruption(
        "positions of a day that is not over",
        "futures_positioning_figures_belong_to_closed_days",
        positions(trade_date="day::date + 7"),
    ),
    Corruption(
        "positions of two contracts of different size added up",
        "futures_positions_fit_into_open_interest",
        positions(leveraged_fund_short_contracts="50000"),
    ),
    Corruption(
        "the Friday of the report for its Tuesday",
        "futures_positions_are_of_tuesdays",
        positions(trade_date="day::date + 3"),
    ),
    Corruption(
        "weekly futures positioning of another build",
        "the_newest_futures_positioning_version_is_published",
        of_another_build(
            positions(), "fct_weekly_futures_positioning", "fct_futures_positioning_versions", "open_interest_contracts"
        ),
    ),
)
