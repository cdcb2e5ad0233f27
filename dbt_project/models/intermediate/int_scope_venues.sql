-- The venues of each scope of daily figures, at the source whose figures the scope has.
with reported as (

    select
        asset,
        scope,
        source,
        venue_list,
        {{ precedence("liquidations", "liquidations.source") }} as precedence,
        'liquidations' as subject,
    from {{ ref("int_reported_liquidations") }} as liquidations
    anti join {{ ref("int_withheld_liquidations") }}
        using (asset, scope, trade_date, source, observed_at)

    union all

    select
        asset,
        scope,
        source,
        venue_list,
        {{ precedence("derivatives", "derivatives.source") }} as precedence,
        'derivatives' as subject,
    from {{ ref("int_derivative_figures") }} as derivatives

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
