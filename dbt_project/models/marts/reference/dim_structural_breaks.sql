-- A break of a venue reaches every scope that contains the venue, at the provider whose figures broke.
select distinct
    metrics.metric,
    scopes.scope,
    breaks.venue,
    breaks.break_date,
    breaks.description,
    breaks.effect,
    breaks.source_url,
from {{ ref("venue_breaks") }} as breaks
inner join {{ ref("int_scope_venues") }} as scopes
    on breaks.venue = scopes.venue and (breaks.source is null or breaks.source = scopes.source)
inner join {{ ref("metrics") }} as metrics
    on list_contains(string_split(breaks.metric_families, ' '), metrics.family)
-- A break after the run's instant has not happened yet.
where breaks.break_date <= cast({{ run_now() }} as date)
order by metric, scope, break_date, venue
