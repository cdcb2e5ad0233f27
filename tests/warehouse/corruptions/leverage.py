"""Spoiled leverage."""

from tests.warehouse.corruptions.corruption import Corruption

LEVERAGE = (
    Corruption(
        "a venue under another's name",
        "a_venue_is_no_more_than_the_sum_it_is_in",
        "update marts.fct_daily_leverage set venue_share_of_scope = 'coinglass_all', venue_share_ratio = 1.4 "
        "where trade_date = '2025-05-08'",
    ),
    Corruption(
        "open interest in coins",
        "liquidations_are_a_part_of_open_interest",
        "update marts.fct_daily_leverage set liquidations_per_open_interest_ratio = 3.2 "
        "where trade_date = '2025-05-08'",
    ),
    Corruption(
        "a squeeze out of a week's history",
        "leverage_compares_only_with_enough_history",
        "update marts.fct_daily_leverage set is_short_squeeze = true where trade_date = '2024-11-06'",
    ),
    Corruption(
        "sides swapped on the way to the sentence",
        "leverage_leans_to_the_side_that_was_hit",
        "update marts.fct_daily_leverage set leverage_leaning = "
        "case leverage_leaning when 'bears' then 'bulls' when 'bulls' then 'bears' else leverage_leaning end",
    ),
)
