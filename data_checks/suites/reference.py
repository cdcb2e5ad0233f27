"""The dimensions: the calendar that completeness is judged by, and a description for everything that has figures."""

from data_checks.check import Check, NoRows

CHECKS = (
    Check(
        name="the_calendar_has_every_day",
        table="dim_dates",
        severity="critical",
        reason="Completeness is judged against these days: a day that the calendar lacks is missed by nobody.",
        rule=NoRows(
            """
            with days as (
                select date, lead(date) over (order by date) as next_date, max(date) over () as last_date from $batch
            )
            select date, next_date from days
            where next_date <> date + 1 or (next_date is null and date < $now::date) order by all
            """
        ),
    ),
    Check(
        name="every_year_has_its_nyse_sessions",
        table="dim_dates",
        severity="critical",
        reason=(
            "A year has 250 to 253 sessions since 2009, none on a weekend, and never more than five days without one."
        ),
        rule=NoRows(
            """
            with days as (select * from $batch where date < date_trunc('year', $now)::date + interval 1 year),
            sessions as (
                select date, iso_weekday, lead(date) over (order by date) as next_session_date
                from days where is_nyse_session
            )
            select 'sessions of the year' as what, make_date(year, 1, 1) as date,
                count(*) filter (where is_nyse_session) as found
            from days group by year
            having count(is_nyse_session) >= 365 and count(*) filter (where is_nyse_session) not between 249 and 254
            union all
            select 'session on a weekend', date, iso_weekday
            from sessions where iso_weekday > 5
            union all
            select 'days to the next session', date, next_session_date - date
            from sessions where next_session_date - date > 5
            order by all
            """
        ),
    ),
    Check(
        name="every_metric_has_a_definition",
        table="dim_metrics",
        severity="critical",
        reason="A number without its definition is what this warehouse exists to avoid.",
        rule=NoRows(
            """
            select distinct figures.metric, figures.unit
            from marts.fct_daily_metrics as figures
            left join $batch as defined on figures.metric = defined.metric and figures.unit = defined.unit
            where coalesce(defined.definition, '') = ''
            order by all
            """
        ),
    ),
    Check(
        name="everything_with_figures_is_described",
        table="dim_assets",
        severity="warning",
        reason="A new ticker in a source's table shows up here first: give it a row with issuer, fee and first day.",
        rule=NoRows(
            """
            with described as (
                select 'asset' as what, asset as name from $batch
                union all
                select 'venue', venue from marts.dim_venues
                union all
                select 'fund', asset || ' ' || fund_ticker from marts.dim_etf_funds
            ),
            used as (
                select 'asset' as what, asset as name from marts.fct_daily_metrics where asset <> 'ALL'
                union
                select 'venue', venue from marts.fct_daily_venue_prices
                union
                select 'fund', asset || ' ' || fund_ticker from marts.fct_daily_etf_flows
            )
            select what, name from used anti join described using (what, name) order by all
            """
        ),
    ),
)
