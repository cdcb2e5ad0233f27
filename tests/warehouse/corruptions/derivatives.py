"""Spoiled open interest, funding, accounts and liquidation events. The sample has none: good rows come with the bad."""

from tests.warehouse.corruptions.corruption import Corruption, store

DAYS = "generate_series(date '2025-04-12', date '2025-05-11', interval 1 day) as series (day)"


def days(where: str = "true", copies: int = 1, **spoiled: str) -> str:
    """SQL that stores thirty days of Bitcoin's figures, with the spoiled ones as expressions over `day`."""
    columns = {
        "asset": "'BTC'",
        "scope": "'bybit'",
        "trade_date": "day::date",
        "open_interest_usd": "5e9",
        "open_interest_change_ratio": "0",
        "funding_rate_ratio": "0.0001",
        "funding_rate_annual_ratio": "0.1095",
        "long_short_account_ratio": "1.2",
        "venue_list": "'bybit'",
        "venue_count": "1",
        "source": "'bybit'",
        "is_final": "true",
        "first_observed_at": "day + interval 25 hour",
        "observed_at": "day + interval 25 hour",
        "revision_count": "0",
    } | spoiled
    return store("fct_daily_derivatives", columns, DAYS, f"cross join range({copies})", f"where {where}")


def versions(**spoiled: str) -> str:
    """SQL that stores what the venue and an aggregator tell of thirty days; the spoiled columns are the venue's."""
    columns = {
        "asset": "'BTC'",
        "scope": "'bybit'",
        "trade_date": "day::date",
        "source": "'bybit'",
        "observed_at": "day + interval 25 hour",
        "venue_list": "'bybit'",
        "open_interest_usd": "5e9",
        "funding_rate_ratio": "0.0001",
        "long_short_account_ratio": "1.2",
    }
    told = (columns | spoiled, columns | {"source": "'coinalyze'", "open_interest_usd": "5.5e9"})
    return "; ".join(store("fct_derivative_versions", each, DAYS) for each in told)


def events(copies: int = 1, **spoiled: str) -> str:
    """SQL that stores an event of Bitcoin a day, with the spoiled columns as expressions over `day`."""
    columns = {
        "venue": "'htx'",
        "event_id": "md5(day::varchar)",
        "event_at": "day + interval 3 hour",
        "trade_date": "day::date",
        "asset": "'BTC'",
        "symbol": "'BTC-USDT'",
        "liquidated_side": "'long'",
        "side_as_reported": "'sell'",
        "side_convention": "'order'",
        "quantity": "10",
        "quantity_unit": "'contract'",
        "price_usd": "95000",
        "price_basis": "'bankruptcy'",
        "value_usd": "950",
        "occurrence_number": "1",
        "source": "'htx'",
        "observed_at": "day + interval 25 hour",
    } | spoiled
    return store("fct_liquidation_events", columns, DAYS, f"cross join range({copies})")


DERIVATIVES = (
    Corruption(
        "coins taken for dollars",
        "open_interest_keeps_its_unit",
        days(open_interest_change_ratio="if(day = '2025-05-08', 1 / 95000 - 1, 0)"),
    ),
    Corruption(
        "the level of the running day",
        "derivative_figures_belong_to_closed_days",
        days(trade_date="day::date + 1"),
    ),
    Corruption(
        "a page that lost its border",
        "derivative_figures_have_no_gap",
        days(where="day not in ('2025-05-07', '2025-05-08')"),
    ),
    Corruption("a venue that stopped a week ago", "derivative_figures_are_fresh", days(where="day < '2025-05-05'")),
    Corruption(
        "a level of the afternoon for that of midnight",
        "derivative_versions_were_seen_after_their_day",
        versions(observed_at="day + interval 15 hour"),
    ),
    Corruption("open interest of both sides", "two_records_of_a_venue_agree", versions(open_interest_usd="1e10")),
    Corruption("shorts over longs", "two_records_of_a_venue_agree", versions(long_short_account_ratio="1 / 2.5")),
    Corruption(
        "seconds read as milliseconds",
        "liquidation_events_are_possible",
        events(event_at="make_timestamp(epoch_us(day) // 1000)"),
    ),
    Corruption("contracts times the price", "liquidation_events_are_possible", events(value_usd="950.0 * 95000 * 100")),
    Corruption(
        "contracts of unknown size", "liquidation_events_have_a_value", events(value_usd="null::decimal(18, 2)")
    ),
    Corruption(
        "the price of a thousand coins", "liquidation_events_happen_near_the_market", events(price_usd="95000 / 1000")
    ),
    Corruption(
        "a day without its events",
        "liquidation_events_make_their_day",
        "insert into marts.fct_daily_liquidations select * replace ('htx' as scope, 'htx' as source) "
        "from marts.fct_daily_liquidations where asset = 'BTC' and trade_date = '2025-05-08'",
    ),
)
