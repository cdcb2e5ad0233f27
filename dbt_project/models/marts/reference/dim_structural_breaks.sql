-- A break of a venue reaches every scope whose sum the venue is in, at the provider whose figures broke.
with scopes as (

    select distinct
        facts.scope,
        facts.source,
        venues.venue,
    from {{ ref("fct_daily_liquidations") }} as facts
    cross join unnest(string_split(facts.venue_list, ',')) as venues (venue)

    union

    select distinct
        facts.scope,
        facts.source,
        venues.venue,
    from {{ ref("fct_daily_derivatives") }} as facts
    cross join unnest(string_split(facts.venue_list, ',')) as venues (venue)

)

select distinct
    metrics.metric,
    scopes.scope,
    breaks.venue,
    breaks.break_date,
    breaks.what,
    breaks.effect,
    breaks.source_url,
from {{ ref("venue_breaks") }} as breaks
inner join scopes
    on breaks.venue = scopes.venue and (breaks.source is null or breaks.source = scopes.source)
inner join {{ ref("metrics") }} as metrics
    on list_contains(string_split(breaks.metric_families, ' '), metrics.family)
-- A break that lies after the run's instant is not yet one.
where breaks.break_date <= cast({{ run_now() }} as date)
order by metric, scope, break_date, venue
