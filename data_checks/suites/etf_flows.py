"""Flows of US spot ETFs: every session exists once, is closed and complete. Sums and units are in `etf_accounts.py`."""

from data_checks.check import Check, NoRows

CHECKS = (
    Check(
        name="every_nyse_session_has_a_total",
        table="fct_daily_etf_totals",
        severity="warning",
        reason=(
            "Funds report every session, early closes included: after a missing one there is no cumulative flow, and "
            "no sum of five sessions or of a month."
        ),
        next_step=(
            "The other days are published. The next full page fills the session; another configured source of flows "
            "fills it sooner (`warehouse status` lists them)."
        ),
        rule=NoRows(
            """
            with covered as (
                select asset, arg_max(source, trade_date) as source, min(trade_date) as first_date,
                    max(trade_date) as last_date
                from $batch group by asset
            )
            select covered.source, covered.asset, dates.date as missing_session_date
            from covered
            inner join marts.dim_dates as dates
                on dates.is_nyse_session and dates.date between covered.first_date and covered.last_date
            left join marts.fct_daily_etf_totals as total
                on total.asset = covered.asset and total.trade_date = dates.date
            where total.trade_date is null
            order by all
            """
        ),
    ),
    Check(
        name="final_sessions_have_a_total_figure",
        table="fct_daily_etf_totals",
        severity="warning",
        reason=(
            "Late funds report within two sessions; a total that is still empty after five days will not fill by "
            "itself."
        ),
        rule=NoRows(
            """
            select asset, trade_date, funds_reported_count, funds_expected_count
            from $batch where net_flow_usd is null and trade_date < $now::date - 5
            order by all
            """
        ),
    ),
    Check(
        name="flows_fall_on_sessions_that_have_closed",
        table="fct_daily_etf_totals",
        severity="critical",
        reason=(
            "The models drop flows outside closed NYSE sessions, whatever a source prints: a flow there means that the "
            "calendar was not applied, and no day of any flow can be trusted."
        ),
        rule=NoRows(
            """
            with flows as (
                select asset, 'all funds' as fund_ticker, trade_date, net_flow_usd from $batch
                union all
                select asset, fund_ticker, trade_date, net_flow_usd from marts.fct_daily_etf_flows
            )
            select flows.*, dates.weekday, dates.is_nyse_session
            from flows left join marts.dim_dates as dates on flows.trade_date = dates.date
            where dates.is_nyse_session is not true or trade_date < date '2024-01-11' or trade_date > $now::date
                or (net_flow_usd is not null and dates.session_closes_at > $now)
            order by all
            """
        ),
    ),
    Check(
        name="no_session_is_a_copy_of_another",
        table="fct_daily_etf_flows",
        severity="warning",
        reason=(
            "Five funds never had the same flows twice, to the tenth of a million: one of the two sessions is a row "
            "under a wrong date, and sums count it twice."
        ),
        rule=NoRows(
            """
            with sessions as (
                select asset, trade_date, any_value(source) as source, count(*) as funds_count,
                    string_agg(fund_ticker || ' ' || net_flow_usd, ', ' order by fund_ticker) as flows
                from $batch where net_flow_usd <> 0 group by all
            )
            select asset, any_value(source) as source, max(trade_date) as trade_date,
                string_agg(trade_date::varchar, ', ' order by trade_date) as trade_dates, flows
            from sessions where funds_count >= 5
            group by asset, flows having count(*) > 1
            order by all
            """
        ),
    ),
    Check(
        name="etf_flows_are_fresh",
        table="fct_daily_etf_totals",
        severity="warning",
        reason="The last funds report within 16 hours of the close; a session older than that should have its total.",
        rule=NoRows(
            """
            with expected as (
                select max(date) as expected_date from marts.dim_dates
                where is_nyse_session and session_closes_at + interval $settling hour <= $now
            )
            select asset, arg_max(source, trade_date) as source, max(trade_date) as newest_date,
                any_value(expected_date) as expected_date
            from $batch cross join expected where net_flow_usd is not null
            group by asset having max(trade_date) < any_value(expected_date)
            order by all
            """,
            {"settling": 16},
        ),
    ),
)
