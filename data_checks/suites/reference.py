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
        name="every_name_at_a_source_is_that_of_a_known_asset",
        table="dim_asset_symbols",
        severity="critical",
        reason="Extraction asks by these names and staging reads answers with them: a stray one is a stray price.",
        rule=NoRows(
            """
            select symbols.source, symbols.symbol, symbols.asset from $batch as symbols
            anti join marts.dim_assets using (asset) order by all
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
    Check(
        name="funds_are_described_with_care",
        table="dim_etf_funds",
        severity="critical",
        reason="Flows start at a fund's first session: a fee that is none, or a day before launch, is a slip of hand.",
        rule=NoRows(
            """
            select asset, fund_ticker, issuer, fee_ratio, first_trade_date from $batch
            where is_described and (
                coalesce(issuer, '') = '' or fee_ratio not between 0 and $highest_fee
                or first_trade_date < date '2024-01-11' or first_trade_date > $now::date + 366
            )
            order by all
            """,
            {"highest_fee": 0.03},
        ),
    ),
    Check(
        name="a_venue_says_what_it_reports",
        table="dim_venues",
        severity="critical",
        reason="Whether a venue reports the order or the position turns longs into shorts: no venue may leave it open.",
        rule=NoRows(
            """
            with venues as (select * from $batch)
            select venue, name, reported_side, price_basis from venues
            where coalesce(name, '') = '' or reported_side not in ('order', 'position')
                or (
                    reported_side is null
                    and exists (from marts.fct_liquidation_events as events where events.venue = venues.venue)
                )
            order by all
            """
        ),
    ),
    Check(
        name="events_have_a_day_and_a_source",
        table="dim_market_events",
        severity="critical",
        reason="An event beside a figure suggests a cause: it has happened on that day, and somebody else says so.",
        rule=NoRows(
            """
            select event_date, event_id, title, source_url from $batch
            where event_date > $now::date + 366 or event_date < date '2009-01-03' or coalesce(title, '') = ''
                or coalesce(source_url, '') not like 'https://%'
            order by all
            """
        ),
    ),
    Check(
        name="breaks_are_of_known_series_and_of_the_past",
        table="dim_structural_breaks",
        severity="critical",
        reason="A break that names no metric or venue, or a day to come, would excuse a jump that has another cause.",
        rule=NoRows(
            """
            with breaks as (select * from $batch)
            select metric, scope, venue, break_date, what from breaks
            where break_date > $now::date or break_date < date '2009-01-03' or coalesce(what, '') = ''
                or metric not in (select metric from marts.dim_metrics)
                or venue not in (select venue from marts.dim_venues)
            order by all
            """
        ),
    ),
    Check(
        name="terms_of_a_fund_follow_each_other",
        table="dim_etf_fund_terms",
        severity="critical",
        reason="A fee in percent, or a term that ends before it begins, would be believed on every day of the term.",
        rule=NoRows(
            """
            select asset, fund_ticker, term_number, valid_from_date, valid_to_date, fee_ratio, waived_fee_ratio
            from $batch
            where fee_ratio not between 0 and $highest_fee or waived_fee_ratio not between 0 and $highest_fee
                or valid_to_date < valid_from_date
            order by all
            """,
            {"highest_fee": 0.03},
        ),
    ),
)
