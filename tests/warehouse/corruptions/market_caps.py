"""Spoiled market capitalisations."""

from tests.warehouse.corruptions.corruption import Corruption

MARKET_CAPS = (
    Corruption(
        "a universe that doubled overnight",
        "market_caps_do_not_jump_by_half",
        "update marts.fct_daily_market_caps set total_usd = total_usd * 2 where trade_date = '2025-05-09'",
    ),
    Corruption(
        "an index in thousands",
        "market_caps_do_not_jump_by_half",
        "update marts.fct_daily_market_caps set ex_btc_usd = ex_btc_usd / 1000 where trade_date = '2025-03-20'",
    ),
    Corruption(
        "one snapshot in thousands",
        "snapshots_of_two_days_are_of_one_size",
        "update marts.fct_market_cap_snapshots set total_usd = total_usd / 1000 where trade_date = '2025-05-08'",
    ),
    Corruption(
        "snapshots stamped with the day they were taken on",
        "snapshots_are_taken_right_after_their_day",
        "update marts.fct_daily_market_caps set trade_date = trade_date + 1 where source = 'coinmarketcap'",
    ),
    Corruption(
        "a snapshot from the future",
        "snapshots_are_taken_right_after_their_day",
        "update marts.fct_daily_market_caps set snapshot_at = timestamp '2025-05-12 23:00:00' "
        "where trade_date = '2025-05-11'",
    ),
    Corruption(
        "a snapshot that nobody took",
        "market_caps_have_every_day",
        "delete from marts.fct_daily_market_caps where scope = 'coinmarketcap_all' and trade_date = '2025-05-09'",
    ),
    Corruption(
        "snapshots that stopped",
        "market_caps_are_fresh",
        "delete from marts.fct_daily_market_caps where scope = 'coinmarketcap_all' and trade_date > '2025-05-08'",
    ),
)
