"""Market capitalisations: parts that add up, snapshots in time, a Bitcoin share that prices confirm."""

from data_checks.check import Check, NoRows

CHECKS = (
    Check(
        name="market_caps_do_not_jump_by_half",
        table="fct_daily_market_caps",
        severity="warning",
        reason="The whole market never moved by half in a day: the unit or the universe of coins changed.",
        rule=NoRows(
            """
            with days as (
                select scope, trade_date, total_usd::double as whole_usd, ex_btc_usd::double as rest_usd from $batch
            ),
            steps as (
                select scope, trade_date, whole_usd, rest_usd,
                    whole_usd / nullif(lag(whole_usd) over series, 0) - 1 as change_ratio,
                    rest_usd / nullif(lag(rest_usd) over series, 0) - 1 as ex_btc_change_ratio
                from days window series as (partition by scope order by trade_date)
                qualify lag(trade_date) over series = trade_date - 1
            )
            select * from steps where abs(change_ratio) > $limit or abs(ex_btc_change_ratio) > $limit order by all
            """,
            {"limit": 0.5},
        ),
    ),
    Check(
        name="snapshots_are_taken_right_after_their_day",
        table="fct_daily_market_caps",
        severity="warning",
        reason=(
            "A snapshot belongs to the day that ended at the last midnight; a later one, or one after now, "
            "belongs to another day."
        ),
        rule=NoRows(
            """
            select scope, trade_date, snapshot_at from $batch
            where trade_date < date '2013-01-01' or trade_date + 1 > $now or snapshot_at > $now
                or snapshot_at < trade_date + 1 or snapshot_at > trade_date + 2
            order by all
            """
        ),
    ),
    Check(
        name="snapshots_of_two_days_are_of_one_size",
        table="fct_market_cap_snapshots",
        severity="warning",
        reason="The whole market never moved by half in two days: one of the two is in another unit or universe.",
        rule=NoRows(
            """
            with steps as (
                select scope, source, lag(snapshot_at) over series as earlier_snapshot_at, snapshot_at,
                    total_usd::double / nullif(lag(total_usd::double) over series, 0) - 1 as change_ratio,
                    ex_btc_usd::double / nullif(lag(ex_btc_usd::double) over series, 0) - 1 as ex_btc_change_ratio
                from $batch window series as (partition by scope, source order by snapshot_at)
            )
            select * from steps
            where snapshot_at <= earlier_snapshot_at + interval 2 day
                and (abs(change_ratio) > $limit or abs(ex_btc_change_ratio) > $limit)
            order by all
            """,
            {"limit": 0.5},
        ),
    ),
    Check(
        name="market_caps_have_every_day",
        table="fct_daily_market_caps",
        severity="warning",
        reason="A missed snapshot can't be fetched later; a missing day of an index can be imported.",
        rule=NoRows(
            """
            with days as (
                select scope, trade_date, lead(trade_date) over (partition by scope order by trade_date) as next_date
                from $batch
            )
            select scope, trade_date + 1 as first_missing_date, next_date - 1 as last_missing_date
            from days where next_date > trade_date + 1 order by all
            """
        ),
    ),
    Check(
        name="market_caps_are_fresh",
        table="fct_daily_market_caps",
        severity="warning",
        reason="A snapshot is due every day, and an imported series ends where its file ends: export it again.",
        rule=NoRows(
            """
            select scope, arg_max(source, trade_date) as source, max(trade_date) as newest_date,
                ($now - interval $grace hour)::date - 1 as expected_date
            from $batch group by scope having max(trade_date) < ($now - interval $grace hour)::date - 1 order by all
            """,
            {"grace": 4},
        ),
    ),
)
