-- The venues of each scope of daily figures, at the source whose figures the scope has.
with liquidation_sources as (

    select distinct
        asset,
        scope,
        source,
        venue_list,
    from {{ ref("int_reported_liquidations") }}
    anti join {{ ref("int_withheld_liquidations") }}
        using (asset, scope, trade_date, source, observed_at)

),

derivative_sources as (

    select distinct
        asset,
        scope,
        source,
        venue_list,
    from {{ ref("int_derivative_figures") }}

),

reported as (

    select
        *,
        {{ precedence("liquidations", "liquidations.source") }} as precedence,
        'liquidations' as subject,
    from liquidation_sources as liquidations

    union all

    select
        *,
        {{ precedence("derivatives", "derivatives.source") }} as precedence,
        'derivatives' as subject,
    from derivative_sources as derivatives

),

chosen as (

    select *
    from reported
    qualify rank() over (partition by subject, asset, scope order by precedence, source) = 1

)

select distinct
    chosen.scope,
    chosen.source,
    venues.venue,
from chosen
cross join unnest(string_split(chosen.venue_list, ',')) as venues (venue)
