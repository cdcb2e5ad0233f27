"""Spoiled liquidations."""

from tests.warehouse.corruptions.corruption import Corruption

LIQUIDATIONS = (
    Corruption(
        "a bar lost at a page border",
        "every_utc_day_has_liquidations",
        "delete from marts.fct_daily_liquidations where asset = 'BTC' and trade_date = '2025-02-03'",
    ),
    Corruption(
        "a venue's day that was not fetched in time",
        "venues_report_every_utc_day",
        "insert into marts.fct_daily_liquidations select * replace ('gate' as scope, 'gate' as source) "
        "from marts.fct_daily_liquidations where asset = 'BTC' and trade_date in ('2025-05-01', '2025-05-03')",
    ),
    Corruption(
        "zero for null: an empty answer stored as a day",
        "bitcoin_and_ether_are_liquidated_every_day",
        "update marts.fct_daily_liquidations set long_usd = 0, short_usd = 0, total_usd = 0, long_share_ratio = null "
        "where asset = 'BTC' and trade_date = '2025-05-08'",
    ),
    Corruption(
        "zeros from before the records begin",
        "no_day_is_without_liquidations",
        "update marts.fct_daily_liquidations set long_usd = 0, short_usd = 0, total_usd = 0, long_share_ratio = null "
        "where trade_date < '2024-12-01'",
    ),
    Corruption(
        "sides swapped for three months",
        "longs_and_shorts_are_mostly_on_the_right_side",
        "update marts.fct_daily_liquidations set long_usd = short_usd, short_usd = long_usd, "
        "long_share_ratio = 1 - long_share_ratio where trade_date >= '2025-02-15'",
    ),
    Corruption(
        "longs and shorts swapped",
        "longs_and_shorts_are_not_swapped",
        "update marts.fct_daily_liquidations set long_usd = short_usd, short_usd = long_usd, "
        "long_share_ratio = 1 - long_share_ratio",
    ),
    Corruption(
        "days shifted by one, stamped by their close",
        "liquidations_belong_to_the_day_of_the_move",
        "update marts.fct_daily_liquidations set trade_date = trade_date + 1",
    ),
    Corruption(
        "days shifted by one, the other way",
        "liquidations_belong_to_the_day_of_the_move",
        "update marts.fct_daily_liquidations set trade_date = trade_date - 1",
    ),
    Corruption(
        "a future row: today's partial sum",
        "liquidations_belong_to_closed_days_since_2013",
        "insert into marts.fct_daily_liquidations select * replace (date '2025-05-12' as trade_date) "
        "from marts.fct_daily_liquidations where trade_date = '2025-05-11'",
    ),
    Corruption(
        "milliseconds read as seconds",
        "liquidations_belong_to_closed_days_since_2013",
        "update marts.fct_daily_liquidations "
        "set trade_date = make_timestamp(epoch_us(trade_date::timestamp) * 100)::date",
    ),
    Corruption(
        "a venue that one answer lacks",
        "a_sum_over_venues_keeps_them",
        "update marts.fct_daily_liquidations set venue_list = 'binance,okx' where trade_date between '2025-05-05' "
        "and '2025-05-07'",
    ),
    Corruption(
        "a key that expired a week ago",
        "liquidations_are_fresh",
        "delete from marts.fct_daily_liquidations where trade_date > '2025-05-04'",
    ),
)
