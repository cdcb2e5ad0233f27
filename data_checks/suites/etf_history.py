"""Flows of US spot ETFs over time and issuers: sums, counts and ranks must follow from the days."""

from data_checks.check import Check, NoRows

CHECKS = (
    Check(
        name="sums_over_sessions_follow_from_the_days",
        table="fct_etf_session_stats",
        severity="warning",
        reason="Readers quote sums of five sessions: each must be the sum of exactly five sessions.",
        rule=NoRows(
            """
            with stats as (select * from $batch),
            sums as (
                select *, sum(net_flow_usd) over last_5 as sum_5, count(net_flow_usd) over last_5 as count_5
                from stats
                window last_5 as (partition by asset order by trade_date rows between 4 preceding and current row)
            )
            select asset, trade_date, net_flow_5_sessions_usd, sum_5, count_5 from sums
            where net_flow_5_sessions_usd <> sum_5 or (net_flow_5_sessions_usd is not null and count_5 <> 5)
            order by all
            """
        ),
    ),
    Check(
        name="streaks_count_sessions_of_one_direction",
        table="fct_etf_session_stats",
        severity="warning",
        reason="A streak grows by one a session and starts at one when the direction turns.",
        rule=NoRows(
            """
            with stats as (select * from $batch),
            steps as (
                select *, lag(streak_direction) over series as direction_before,
                    lag(streak_sessions_count) over series as count_before
                from stats window series as (partition by asset order by trade_date)
            )
            select asset, trade_date, net_flow_usd, streak_direction, streak_sessions_count, count_before from steps
            where streak_direction is distinct from
                    case when net_flow_usd > 0 then 'inflow' when net_flow_usd < 0 then 'outflow' end
                or streak_sessions_count not in (1, count_before + 1)
                or (streak_sessions_count > 1 and streak_direction is distinct from direction_before)
            order by all
            """
        ),
    ),
    Check(
        name="records_have_no_larger_session_before",
        table="fct_etf_session_stats",
        severity="warning",
        reason="A record day with a larger one before it is a wrong headline.",
        rule=NoRows(
            """
            with stats as (select * from $batch),
            histories as (
                select *, max(net_flow_usd) over before as highest_usd, min(net_flow_usd) over before as lowest_usd
                from stats
                window before as (
                    partition by asset order by trade_date rows between unbounded preceding and 1 preceding
                )
            )
            select asset, trade_date, net_flow_usd, highest_usd, lowest_usd from histories
            where (is_record_inflow and net_flow_usd <= highest_usd)
                or (is_record_outflow and net_flow_usd >= lowest_usd)
                or (inflow_rank = 1 and not is_record_inflow)
            order by all
            """
        ),
    ),
    Check(
        name="periods_add_up_their_sessions",
        table="fct_etf_period_flows",
        severity="warning",
        reason="A week or a month is the sum of its sessions, and complete only when all of them are reported.",
        rule=NoRows(
            """
            with periods as (select * from $batch where scope = 'us_spot_etfs'),
            -- The period of a session from its own row alone: a join by equal columns, not of each with each.
            sessions as (
                select asset, period, date_trunc(period, trade_date) as period_start_date, net_flow_usd as session_usd
                from marts.fct_daily_etf_totals cross join (select distinct period from periods)
            ),
            sums as (
                select asset, period, period_start_date,
                    any_value(net_flow_usd) as net_flow_usd, any_value(is_complete) as is_complete,
                    sum(session_usd) as sum_usd, count(session_usd) as reported_count,
                    any_value(sessions_count) as sessions_count
                from periods inner join sessions using (asset, period, period_start_date)
                group by all
            )
            select * from sums
            where net_flow_usd is distinct from sum_usd or is_complete <> (reported_count = sessions_count)
            order by all
            """
        ),
    ),
    Check(
        name="issuers_add_up_to_the_funds",
        table="fct_etf_issuer_flows",
        severity="warning",
        reason="Issuers are another cut of the same funds: a sum that differs has lost a fund or counts one twice.",
        rule=NoRows(
            """
            with issuers as (
                select asset, trade_date, sum(net_flow_usd) as issuers_usd, sum(gross_flow_share_ratio) as shares
                from $batch group by all
            ),
            funds as (
                select asset, trade_date, sum(net_flow_usd) as funds_usd from marts.fct_daily_etf_flows group by all
            )
            select * from issuers inner join funds using (asset, trade_date)
            where issuers_usd is distinct from funds_usd or abs(shares - 1) > 1e-9
            order by all
            """
        ),
    ),
    Check(
        name="seed_money_is_of_a_known_fund",
        table="fct_etf_seed_money",
        severity="warning",
        reason="A seed under an unknown fund name is a misread column: another fund's assets would miss it.",
        rule=NoRows(
            """
            with seeds as (select * from $batch)
            select asset, fund_ticker, seed_usd from seeds
            anti join marts.dim_etf_funds using (asset, fund_ticker)
            order by all
            """
        ),
    ),
    Check(
        name="seed_money_is_no_flow",
        table="fct_etf_seed_money",
        severity="warning",
        reason="A row of seeds that is read as a session adds billions of a converted trust to its first flow.",
        rule=NoRows(
            """
            with seeds as (select * from $batch)
            select asset, fund_ticker, trade_date, net_flow_usd, seed_usd from seeds
            inner join marts.fct_daily_etf_flows using (asset, fund_ticker)
            where net_flow_usd = seed_usd and seed_usd >= $least
            order by all
            """,
            {"least": "1e9"},
        ),
    ),
)
