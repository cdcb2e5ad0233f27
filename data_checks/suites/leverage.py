"""Leverage: values that no market reaches, and that point to a wrong unit or list of venues."""

from data_checks.check import Check, NoRows

CHECKS = (
    Check(
        name="a_venue_is_no_more_than_the_sum_it_is_in",
        table="fct_daily_leverage",
        severity="warning",
        reason=(
            "A part can exceed its sum by a few percent after a restatement of one of them; more means that the sum "
            "lost a venue, or that a venue has another's name."
        ),
        rule=NoRows(
            "select asset, scope, venue_share_of_scope, trade_date, venue_share_ratio from $batch "
            "where venue_share_ratio > $limit order by all",
            {"limit": 1.1},
        ),
    ),
    Check(
        name="liquidations_are_a_part_of_open_interest",
        table="fct_daily_leverage",
        severity="warning",
        reason=(
            "On the worst days less than a tenth of all positions was closed by force: a half means that one of the "
            "two is in coins or contracts, or covers one contract only."
        ),
        rule=NoRows(
            "select asset, scope, trade_date, total_liquidations_usd, liquidation_source, derivatives_source, "
            "liquidations_per_open_interest_ratio from $batch "
            "where liquidations_per_open_interest_ratio > $limit order by all",
            {"limit": 0.5},
        ),
    ),
    Check(
        name="leverage_compares_only_with_enough_history",
        table="fct_daily_leverage",
        severity="warning",
        reason="A percentile over a few days makes any day a record; missing history is null, not a small sample.",
        rule=NoRows(
            "select asset, scope, trade_date, liquidation_history_days_count, liquidation_percentile_ratio, "
            "is_short_squeeze, is_long_flush from $batch where liquidation_history_days_count < $days "
            "and coalesce(liquidation_percentile_ratio::varchar, is_short_squeeze::varchar, is_long_flush::varchar) "
            "is not null order by all",
            {"days": 90},
        ),
    ),
    Check(
        name="leverage_leans_to_the_side_that_was_hit",
        table="fct_daily_leverage",
        severity="warning",
        reason="Liquidated shorts are bears with too much leverage; the opposite statement would be wrong.",
        rule=NoRows(
            "select asset, scope, trade_date, long_liquidation_share_ratio, leverage_leaning, is_short_squeeze, "
            "is_long_flush from $batch where (long_liquidation_share_ratio > 0.5 "
            "and (leverage_leaning = 'bears' or is_short_squeeze)) or (long_liquidation_share_ratio < 0.5 "
            "and (leverage_leaning = 'bulls' or is_long_flush)) order by all"
        ),
    ),
)
