"""The dimensions: the calendar that completeness is judged by, and a description for everything that has figures."""

from data_checks.check import Check, NoRows

WITH_FIGURES = (
    "fct_daily_metrics",
    "fct_daily_reference_prices",
    "fct_daily_asset_market_caps",
    "fct_daily_venue_prices",
    "fct_daily_quote_rates",
    "fct_daily_liquidations",
    "fct_daily_derivatives",
    "fct_daily_etf_flows",
)
"""Tables whose assets, venues and funds have to be described."""

CHECKS = (
    Check(
        name="the_calendar_has_every_day",
        table="dim_dates",
        severity="warning",
        reason=(
            "ETF flows are matched to these days: where the calendar lacks a day, or does not know whether the "
            "exchange was open, the flows of that day are missing."
        ),
        next_step="The calendar comes from the package exchange_calendars: a newer version covers more days.",
        rule=NoRows(
            """
            with expected as (
                select unnest(generate_series(min(date)::timestamp, $now, interval 1 day))::date as date from $batch
            ),
            known as (select date, is_nyse_session from $batch)
            select date, is_nyse_session from expected left join known using (date)
            where is_nyse_session is null and date >= date '2024-01-11'
            order by all
            """
        ),
    ),
    Check(
        name="every_year_has_its_nyse_sessions",
        table="dim_dates",
        severity="warning",
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
        severity="warning",
        reason="Figures that a source reports under this name belong to no described asset.",
        next_step="Add the asset to dbt_project/seeds/assets.csv, or remove the row from asset_symbols.csv.",
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
        severity="warning",
        reason="The definition of a metric names its windows; a figure of another window has no definition.",
        rule=NoRows(
            """
            with figures as (
                select metric, time_window from marts.fct_daily_metrics where trade_date >= $since
                union
                select metric, 'rolling_24h' from marts.fct_rolling_24h where as_of_at >= $since
            )
            select figures.metric, figures.time_window, defined.time_windows, defined.definition
            from figures left join $batch as defined using (metric)
            where trim(coalesce(defined.definition, '')) = ''
                or not list_contains(string_split(defined.time_windows, ', '), figures.time_window)
            order by all
            """,
            days={"fct_daily_metrics": "trade_date", "fct_rolling_24h": "cast(as_of_at as date)"},
        ),
    ),
    Check(
        name="everything_with_figures_is_described",
        table="dim_assets",
        severity="warning",
        reason="A new ticker, venue or asset in a source's table shows up here first; its figures are published.",
        next_step="Describe it in the seed: etf_funds.csv and etf_fund_terms.csv, venues.csv, or assets.csv.",
        rule=NoRows(
            """
            with described as (
                select 'asset' as what, asset as name from $batch
                union all
                select 'venue', venue from marts.dim_venues
                union all
                select 'fund', asset || ' ' || fund_ticker from marts.dim_etf_funds where is_described
            ),
            used as (
                select 'asset' as what, asset as name from marts.fct_daily_metrics
                where asset <> 'ALL' and trade_date >= $since
                union
                select 'asset', asset from marts.fct_daily_reference_prices where trade_date >= $since
                union
                select 'asset', asset from marts.fct_daily_asset_market_caps where trade_date >= $since
                union
                select 'venue', venue from marts.fct_daily_venue_prices where trade_date >= $since
                union
                select 'venue', source from marts.fct_daily_quote_rates where trade_date >= $since
                union
                select 'venue', unnest(string_split(venue_list, ',')) from marts.fct_daily_liquidations
                where trade_date >= $since
                union
                select 'venue', unnest(string_split(venue_list, ',')) from marts.fct_daily_derivatives
                where trade_date >= $since
                union
                select 'fund', asset || ' ' || fund_ticker from marts.fct_daily_etf_flows where trade_date >= $since
            )
            select what, name from used anti join described using (what, name) order by all
            """,
            days=dict.fromkeys(WITH_FIGURES, "trade_date"),
        ),
    ),
    Check(
        name="every_scope_has_a_title",
        table="dim_titles",
        severity="warning",
        reason="No reader knows a scope as `coinalyze_all`: dashboards and verdicts show its title.",
        next_step="Add the title, and a home page on https, to dbt_project/seeds/titles.csv.",
        rule=NoRows(
            """
            with titles as (select * from $batch),
            scopes as (
                select distinct scope from marts.fct_daily_metrics
                where contains(scope, '_') and trade_date >= $since
            )
            select scope as name, 'no title' as finding from scopes where scope not in (select name from titles)
            union all
            select name, 'an empty title or no https address' from titles
            where trim(title) = '' or url not like 'https://%'
            order by all
            """,
            days={"fct_daily_metrics": "trade_date"},
        ),
    ),
    Check(
        name="funds_are_described_with_care",
        table="dim_etf_funds",
        severity="warning",
        reason="Flows start at a fund's first session: a missing fee, or a day before launch, is a typing error.",
        next_step="Correct the fund in dbt_project/seeds/etf_funds.csv or etf_fund_terms.csv.",
        rule=NoRows(
            """
            select asset, fund_ticker, issuer, fee_ratio, first_trade_date from $batch
            where is_described and (
                coalesce(issuer, '') = '' or fee_ratio not between 0 and $highest_fee
                or first_trade_date < date '2024-01-11'
            )
            order by all
            """,
            {"highest_fee": 0.03},
        ),
    ),
    Check(
        name="every_venue_declares_what_it_reports",
        table="dim_venues",
        severity="warning",
        reason="Whether a venue reports the order or the position turns longs into shorts: no venue may leave it open.",
        rule=NoRows(
            """
            with venues as (select * from $batch)
            select venue, name, reported_side, price_basis from venues
            where coalesce(name, '') = '' or (
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
        severity="warning",
        reason="An event next to a figure suggests a cause: it must have happened on that day, with a source.",
        rule=NoRows(
            """
            select event_date, event_id, title, source_url from $batch
            where event_date > $now::date or event_date < date '2009-01-03' or coalesce(title, '') = ''
                or coalesce(source_url, '') not like 'https://%'
            order by all
            """
        ),
    ),
    Check(
        name="breaks_are_of_known_series_and_of_the_past",
        table="dim_structural_breaks",
        severity="warning",
        reason="A break without a venue, or in the future, would excuse a jump that has another cause.",
        next_step="Correct it in dbt_project/seeds/venue_breaks.csv.",
        rule=NoRows(
            """
            with breaks as (select * from $batch)
            select metric, scope, venue, break_date, description from breaks
            where break_date > $now::date or break_date < date '2009-01-03' or coalesce(description, '') = ''
                or venue not in (select venue from marts.dim_venues)
            order by all
            """
        ),
    ),
    Check(
        name="terms_of_a_fund_follow_each_other",
        table="dim_etf_fund_terms",
        severity="warning",
        reason="A fee in percent, or a term that ends before it begins, would be applied on every day of the term.",
        rule=NoRows(
            """
            with terms as (
                select *, lag(term_number) over fund as number_before, lag(valid_from_date) over fund as from_before
                from $batch window fund as (partition by asset, fund_ticker order by term_number)
            )
            select asset, fund_ticker, term_number, from_before, valid_from_date, fee_ratio, waived_fee_ratio
            from terms
            where fee_ratio > $highest_fee or waived_fee_ratio > $highest_fee
                or (number_before is not null and (valid_from_date is null or valid_from_date <= from_before))
            order by all
            """,
            {"highest_fee": 0.03},
        ),
    ),
)
