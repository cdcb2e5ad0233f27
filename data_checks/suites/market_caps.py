"""Market capitalisations: parts that make the whole, snapshots in time, a Bitcoin share that prices confirm."""

from data_checks.check import Between, Check, NoRows, UniqueKey

CHECKS = (
    Check(
        name="a_universe_has_one_market_cap_a_day",
        table="fct_daily_market_caps",
        severity="critical",
        reason="A second snapshot under the same day would be another instant under the same name.",
        rule=UniqueKey(("scope", "trade_date")),
    ),
    Check(
        name="market_caps_are_positive",
        table="fct_daily_market_caps",
        severity="critical",
        reason="A zero is a missing figure; a scope with neither total nor remainder says nothing at all.",
        rule=NoRows(
            """
            select scope, trade_date, total_usd, btc_usd, ex_btc_usd from $batch
            where least(total_usd, btc_usd, ex_btc_usd) <= 0 or (total_usd is null and ex_btc_usd is null) order by all
            """
        ),
    ),
    Check(
        name="bitcoin_dominance_is_a_share",
        table="fct_daily_market_caps",
        severity="critical",
        reason="Sources print percent; between 0.2 and 0.99 lies every day since 2013 as a ratio.",
        rule=Between("btc_dominance_ratio", 0.2, 0.99),
        keys=("scope", "trade_date"),
    ),
    Check(
        name="the_market_without_bitcoin_is_the_rest",
        table="fct_daily_market_caps",
        severity="critical",
        reason=(
            "Total minus Bitcoin is what remains, and so is total times one minus dominance (0.6 % apart at most in "
            "471 days)."
        ),
        rule=NoRows(
            """
            select scope, trade_date, total_usd, btc_usd, ex_btc_usd, btc_dominance_ratio from $batch
            where abs(total_usd - btc_usd - ex_btc_usd) > 1
                or abs(ex_btc_usd::double / nullif(total_usd::double * (1 - btc_dominance_ratio), 0) - 1) > $tolerance
            order by all
            """,
            {"tolerance": 0.01},
        ),
    ),
    Check(
        name="market_cap_bars_fit_together",
        table="fct_daily_market_caps",
        severity="critical",
        reason="The high bounds open and close of an index bar, and the low too.",
        rule=NoRows(
            """
            select scope, trade_date, ex_btc_open_usd, ex_btc_high_usd, ex_btc_low_usd, ex_btc_usd from $batch
            where ex_btc_high_usd < greatest(ex_btc_open_usd, ex_btc_low_usd, ex_btc_usd)
                or ex_btc_low_usd > least(ex_btc_open_usd, ex_btc_usd) order by all
            """
        ),
    ),
    Check(
        name="bitcoins_market_cap_is_its_price_times_its_coins",
        table="fct_daily_market_caps",
        severity="critical",
        reason=(
            "Cap over close gives the coins in existence: 18 million in 2020 and never above 21; else a unit or a day "
            "is wrong."
        ),
        rule=NoRows(
            """
            select caps.scope, caps.trade_date, caps.btc_usd, price.close_usd,
                caps.btc_usd::double / nullif(price.close_usd::double, 0) as implied_coins
            from $batch as caps
            inner join marts.fct_daily_prices as price on price.asset = 'BTC' and price.trade_date = caps.trade_date
            where implied_coins not between $fewest and $most order by all
            """,
            {"fewest": "10e6", "most": "24e6"},
        ),
    ),
    Check(
        name="market_caps_do_not_jump_by_half",
        table="fct_daily_market_caps",
        severity="critical",
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
        severity="critical",
        reason=(
            "A snapshot belongs to the day that ended at the last midnight; a later one, or one after now, tells "
            "another day."
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
        reason="A missed snapshot can't be asked for again; a missing day of an index can be imported.",
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
