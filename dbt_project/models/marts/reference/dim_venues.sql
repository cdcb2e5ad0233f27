with venues as (

    select * from {{ ref("venues") }}

),

structural_breaks as (

    select
        venue,
        cast(count(*) as integer) as break_count,
        max(break_date) as last_break_date,
        string_agg(
            strftime(break_date, '%Y-%m-%d') || ': ' || description, '; ' order by break_date, description
        ) as structural_breaks,
    from {{ ref("venue_breaks") }}
    -- Breaks after the run's instant had not happened yet.
    where break_date <= cast({{ run_now() }} as date)
    group by all

)

select
    venues.venue,
    venues.name,
    venues.market_type,
    venues.quote_assets,
    venues.reported_side,
    venues.price_basis,
    venues.is_throttled,
    venues.funding_interval_hours,
    venues.open_interest_sides,
    venues.coverage_notes,
    coalesce(structural_breaks.break_count, 0) as break_count,
    structural_breaks.last_break_date,
    structural_breaks.structural_breaks,
from venues
left join structural_breaks using (venue)
order by venue
