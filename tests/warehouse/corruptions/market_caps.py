"""Spoiled market capitalisations."""

from tests.warehouse.corruptions.corruption import Corruption, twice

MARKET_CAPS = (
    Corruption("a snapshot stored twice", "a_universe_has_one_market_cap_a_day", twice("fct_daily_market_caps")),
    Corruption(
        "zero for null",
        "market_caps_are_positive",
        "update marts.fct_daily_market_caps set total_usd = 0 where trade_date = '2025-05-08'",
    ),
    Corruption(
        "dominance in percent",
        "bitcoin_dominance_is_a_share",
        "update marts.fct_daily_market_caps set btc_dominance_ratio = btc_dominance_ratio * 100",
    ),
    Corruption(
        "the rest of another instant",
        "the_market_without_bitcoin_is_the_rest",
        "update marts.fct_daily_market_caps set ex_btc_usd = ex_btc_usd / 1.1 where trade_date = '2025-05-07'",
    ),
    Corruption(
        "the total in the place of the rest",
        "the_market_without_bitcoin_is_the_rest",
        "update marts.fct_daily_market_caps set ex_btc_usd = total_usd where trade_date = '2025-05-08'",
    ),
    Corruption(
        "high and low of the index swapped",
        "market_cap_bars_fit_together",
        "update marts.fct_daily_market_caps set ex_btc_high_usd = ex_btc_low_usd, ex_btc_low_usd = ex_btc_high_usd",
    ),
    Corruption(
        "Bitcoin's cap in millions",
        "bitcoins_market_cap_is_its_price_times_its_coins",
        "update marts.fct_daily_market_caps set btc_usd = btc_usd / 1000000",
    ),
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
