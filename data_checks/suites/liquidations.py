"""Liquidations: whole series, sides that add up and are not swapped, days in their place, and what was restated."""

from data_checks.check import Check, NoRows

# Sums over the whole market, whose history can be fetched again, so that gaps fill; a single venue keeps hours or
# months.
AGGREGATORS = "source in ('coinglass', 'coinalyze')"
VENUES = f"not {AGGREGATORS}"

MISSING_DAYS = """
    with days as (
        select asset, scope, trade_date,
            lead(trade_date) over (partition by asset, scope order by trade_date) as next_date
        from $batch where $sources
    )
    select asset, scope, trade_date + 1 as first_missing_date, next_date - 1 as last_missing_date
    from days
    where next_date > trade_date + 1
        and not exists (
            select 1 from marts.rpt_withheld_figures as withheld
            where withheld.table_name = 'fct_liquidation_versions' and withheld.asset = days.asset
                and withheld.scope = days.scope
                and withheld.trade_date between days.trade_date + 1 and days.next_date - 1
        )
    order by all
"""
"""Gaps between days, except withheld figures, which have a check of their own."""

# Share of large-move days on which the side that should have suffered did not: 2 to 16 % in published series.
CONTRADICTIONS = """
    with days as (
        select liquidations.asset, liquidations.scope, liquidations.trade_date, price.return_ratio,
            liquidations.long_share_ratio,
            (price.return_ratio < 0) <> (liquidations.long_share_ratio > 0.5) as is_contradiction
        from $batch as liquidations
        inner join (
            select asset, trade_date, return_ratio from marts.fct_daily_prices
        ) as price using (asset, trade_date)
        where abs(price.return_ratio) > 0.03 and liquidations.long_share_ratio is not null and $sources
    )
    select asset, scope, count(*) as large_moves_count,
        count(*) filter (where is_contradiction) as contradictions_count,
        max(trade_date) filter (where is_contradiction) as newest_contradiction_date
    from days group by asset, scope
    having count(*) >= $days and count(*) filter (where is_contradiction) > $share * count(*)
    order by all
"""

CHECKS = (
    Check(
        name="every_utc_day_has_liquidations",
        table="fct_daily_liquidations",
        severity="warning",
        reason="A bar lost at a page border is the usual gap of this source; records and sums over it would be wrong.",
        rule=NoRows(MISSING_DAYS, {"sources": AGGREGATORS}),
    ),
    Check(
        name="venues_report_every_utc_day",
        table="fct_daily_liquidations",
        severity="warning",
        reason="Venues keep these figures for a day or some months: the day was not fetched in time and is missing.",
        rule=NoRows(MISSING_DAYS, {"sources": VENUES}),
    ),
    Check(
        name="bitcoin_and_ether_are_liquidated_every_day",
        table="fct_daily_liquidations",
        severity="warning",
        reason=(
            "In four years every day had liquidations on both sides: a zero inside the series is a missing bar or a "
            "dead stream."
        ),
        rule=NoRows(
            """
            with days as (
                select *, max(total_usd) over (partition by asset, scope order by trade_date) > 0 as has_begun
                from $batch
            )
            select asset, scope, trade_date, long_usd, short_usd from days
            where asset in ('BTC', 'ETH') and total_usd = 0 and has_begun and $sources order by all
            """,
            {"sources": AGGREGATORS},
        ),
    ),
    Check(
        name="no_day_is_without_liquidations",
        table="fct_daily_liquidations",
        severity="warning",
        reason="CoinGlass fills the years before its records begin with zeros; small coins may have a quiet day.",
        rule=NoRows(
            "select asset, scope, count(*) as zero_days_count, min(trade_date) as first_date, "
            "max(trade_date) as last_date from $batch where total_usd = 0 group by asset, scope order by all"
        ),
    ),
    Check(
        name="longs_and_shorts_are_mostly_on_the_right_side",
        table="fct_daily_liquidations",
        severity="warning",
        reason=("Falls over 3 % hit longs, rises hit shorts, except on one day in six: look at more contradictions."),
        rule=NoRows(CONTRADICTIONS, {"days": 10, "share": 0.25, "sources": "true"}),
    ),
    Check(
        name="longs_and_shorts_are_not_swapped",
        table="fct_daily_liquidations",
        severity="warning",
        reason="The wrong side on most large moves means that the order's side was read as the position's.",
        rule=NoRows(CONTRADICTIONS, {"days": 10, "share": 0.5, "sources": AGGREGATORS}),
    ),
    Check(
        name="liquidations_belong_to_the_day_of_the_move",
        table="fct_daily_liquidations",
        severity="warning",
        reason=(
            "Liquidations follow the day's price range (correlation 0.7 to 0.8, 0.3 a day off): a better fit off by "
            "one is a shift."
        ),
        rule=NoRows(
            """
            with ranges as (
                select asset, trade_date, ln(high_usd::double / low_usd::double) as price_range
                from marts.fct_daily_prices where low_usd > 0 and high_usd > 0
            ),
            days as (
                select liquidations.asset, liquidations.scope, ln(liquidations.total_usd::double) as size,
                    same.price_range as same_range, before.price_range as before_range, after.price_range as after_range
                from $batch as liquidations
                inner join ranges as same
                    on liquidations.asset = same.asset and liquidations.trade_date = same.trade_date
                inner join ranges as before
                    on liquidations.asset = before.asset and liquidations.trade_date = before.trade_date + 1
                inner join ranges as after
                    on liquidations.asset = after.asset and liquidations.trade_date = after.trade_date - 1
                where liquidations.total_usd > 0 and $sources
            )
            select asset, scope, count(*) as days_count, corr(size, same_range) as same_day_correlation,
                corr(size, before_range) as day_before_correlation, corr(size, after_range) as day_after_correlation
            from days group by asset, scope
            having count(*) >= $days and greatest(day_before_correlation, day_after_correlation) > same_day_correlation
            order by all
            """,
            {"days": 60, "sources": AGGREGATORS},
        ),
    ),
    Check(
        name="liquidations_belong_to_closed_days_since_2013",
        table="fct_daily_liquidations",
        severity="warning",
        reason="An unfinished day is a partial sum; a day before the first futures is a time read in the wrong unit.",
        rule=NoRows(
            "select asset, scope, trade_date, total_usd from $batch "
            "where trade_date < date '2013-01-01' or trade_date + 1 > $now order by all"
        ),
    ),
    Check(
        name="a_sum_over_venues_keeps_them",
        table="fct_daily_liquidations",
        severity="warning",
        reason="A venue that did not respond is missing from the sum, which falls without a change of the market.",
        rule=NoRows(
            """
            with days as (
                select asset, scope, trade_date, venue_list,
                    lag(venue_list) over (partition by asset, scope order by trade_date) as venue_list_before
                from $batch where trade_date >= $now - interval $days day
            )
            select asset, scope, trade_date, venue_list, venue_list_before from days
            where not list_has_all(string_split(venue_list, ','), string_split(venue_list_before, ','))
            order by all
            """,
            {"days": 30},
        ),
    ),
    Check(
        name="liquidations_are_fresh",
        table="fct_daily_liquidations",
        severity="warning",
        reason="Yesterday's sum exists within hours of midnight UTC; an older end means that the source failed.",
        rule=NoRows(
            """
            select asset, scope, arg_max(source, trade_date) as source, max(trade_date) as newest_date,
                ($now - interval $grace hour)::date - 1 as expected_date
            from $batch group by asset, scope
            having max(trade_date) < ($now - interval $grace hour)::date - 1 order by all
            """,
            {"grace": 4},
        ),
    ),
)
