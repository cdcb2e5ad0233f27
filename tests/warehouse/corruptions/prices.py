"""Spoiled prices."""

from tests.warehouse.corruptions.corruption import Corruption

PRICES = (
    Corruption("a run that extracted nothing", "there_are_daily_prices", "delete from marts.fct_daily_prices"),
    Corruption(
        "a dropped UTC day",
        "every_utc_day_has_a_price",
        "delete from marts.fct_daily_prices where asset = 'ETH' and trade_date = '2025-02-01'",
    ),
    Corruption(
        "a UTC day that was requested and came from nobody",
        "every_utc_day_has_a_price",
        "delete from marts.fct_daily_prices where asset = 'ETH' and trade_date = '2025-02-01'; "
        "delete from marts.fct_daily_venue_prices where asset = 'ETH' and trade_date = '2025-02-01'; "
        "insert into marts.rpt_gaps by name select * replace ('price_usd' as metric, 'ETH' as asset, "
        "'coinbase' as scope, date '2025-02-01' as first_missing_date, date '2025-02-01' as last_missing_date, "
        "false as is_open) from marts.rpt_gaps limit 1",
    ),
    Corruption(
        "a UTC day dropped at one venue",
        "every_venue_has_a_price_of_every_utc_day",
        "delete from marts.fct_daily_venue_prices "
        "where asset = 'ETH' and venue = 'coinbase' and trade_date = '2025-02-01'",
    ),
    Corruption(
        "a dropped hour",
        "every_hour_has_a_price",
        "delete from marts.fct_hourly_prices where asset = 'BTC' and hour_at = timestamp '2025-05-05 13:00:00'",
    ),
    Corruption(
        "a future row: today's unfinished bar",
        "prices_belong_to_closed_bars_since_2009",
        "insert into marts.fct_daily_venue_prices select * replace (date '2025-05-12' as trade_date) "
        "from marts.fct_daily_venue_prices where trade_date = '2025-05-11'",
    ),
    Corruption(
        "seconds read as milliseconds",
        "prices_belong_to_closed_bars_since_2009",
        "update marts.fct_daily_venue_prices "
        "set trade_date = make_timestamp(epoch_us(trade_date::timestamp) // 1000)::date",
    ),
    Corruption(
        "milliseconds read as seconds",
        "prices_belong_to_closed_bars_since_2009",
        "update marts.fct_hourly_prices set hour_at = make_timestamp(epoch_us(hour_at) * 100)",
    ),
    Corruption(
        "a venue that stopped answering",
        "daily_prices_are_fresh",
        "delete from marts.fct_daily_venue_prices where venue = 'coinbase' and trade_date > '2025-05-05'",
    ),
    Corruption(
        "hours that stopped coming",
        "hourly_prices_are_fresh",
        "delete from marts.fct_hourly_prices where hour_at >= timestamp '2025-05-11 20:00:00'",
    ),
    Corruption(
        "a venue that drifts by one percent",
        "venues_agree_on_the_close_within_half_a_percent",
        "update marts.fct_daily_venue_prices set close_usd = close_usd * 1.01 "
        "where venue = 'coinbase' and trade_date = '2025-04-01'",
    ),
    Corruption(
        "two days swapped",
        "a_day_opens_at_the_close_before",
        "update marts.fct_daily_venue_prices set trade_date = "
        "case trade_date when '2025-05-07' then date '2025-05-08' else '2025-05-07' end "
        "where trade_date in ('2025-05-07', '2025-05-08')",
    ),
    Corruption(
        "a fat finger on one venue",
        "no_price_jumps_by_half_unexplained",
        "update marts.fct_daily_venue_prices set close_usd = close_usd * 1.6, high_usd = high_usd * 1.6 "
        "where venue = 'binance' and asset = 'BTC' and trade_date = '2025-03-20'",
    ),
    Corruption(
        "a fat finger on the newest day",
        "no_price_jumps_by_half_unexplained",
        "update marts.fct_daily_venue_prices set close_usd = close_usd * 0.4, low_usd = low_usd * 0.4 "
        "where venue = 'coinbase' and asset = 'ETH' and trade_date = '2025-05-11'",
    ),
    Corruption(
        "a jump that no event explains, on every venue",
        "no_price_jumps_by_a_quarter_without_a_known_event",
        "update marts.fct_daily_venue_prices set close_usd = close_usd * 1.4 "
        "where asset = 'ETH' and trade_date = '2025-03-20'",
    ),
    Corruption(
        "an average of venues instead of one",
        "daily_prices_are_those_of_their_source",
        "update marts.fct_daily_prices set close_usd = close_usd * 1.0002 where trade_date = '2025-05-08'",
    ),
    Corruption(
        "a day lost between two tables",
        "daily_prices_are_those_of_their_source",
        "delete from marts.fct_daily_prices where asset = 'BTC' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "returns in percent",
        "returns_follow_from_the_closes",
        "update marts.fct_daily_prices set return_ratio = return_ratio * 100",
    ),
    Corruption(
        "a return of zero for a missing one",
        "returns_follow_from_the_closes",
        "update marts.fct_daily_prices set return_ratio = 0 where return_ratio is null",
    ),
)
