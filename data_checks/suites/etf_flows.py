"""Flows of US spot ETFs: is every session there, once, closed and filled? Sums and units are in `etf_accounts.py`."""

from data_checks.check import Check, NoRows, UniqueKey

CHECKS = (
    Check(
        name="every_nyse_session_has_a_total",
        table="fct_daily_etf_totals",
        severity="critical",
        reason="Funds report every session, early closes included: a missing one breaks the cumulative flow for good.",
        rule=NoRows(
            """
            with covered as (
                select asset, min(trade_date) as first_date, max(trade_date) as last_date from $batch group by all
            )
            select covered.asset, dates.date as missing_session_date
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
        name="settled_sessions_have_a_total_figure",
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
            "Shares are created on NYSE sessions alone; a weekend or holiday row is a shifted date, a later one is "
            "invented."
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
        severity="critical",
        reason=(
            "Five funds never had the same flows twice, to the tenth of a million; a row under a wrong date counts a "
            "session twice."
        ),
        rule=NoRows(
            """
            with sessions as (
                select asset, trade_date, count(*) as funds_count,
                    string_agg(fund_ticker || ' ' || net_flow_usd, ', ' order by fund_ticker) as flows
                from $batch where net_flow_usd <> 0 group by all
            )
            select asset, string_agg(trade_date::varchar, ', ' order by trade_date) as trade_dates, flows
            from sessions where funds_count >= 5
            group by asset, flows having count(*) > 1
            order by all
            """
        ),
    ),
    Check(
        name="an_asset_has_one_etf_total_a_session",
        table="fct_daily_etf_totals",
        severity="critical",
        reason="Two sources print the same session; stored side by side they would be added.",
        rule=UniqueKey(("asset", "trade_date")),
    ),
    Check(
        name="a_fund_has_one_flow_a_session",
        table="fct_daily_etf_flows",
        severity="critical",
        reason="A fund counted twice doubles its flow. BTC and ETH are tickers too: the asset belongs to the key.",
        rule=UniqueKey(("asset", "fund_ticker", "trade_date")),
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
