{{ config(materialized="table") }}
-- One scope per asset for all its days: with the widest scope of each day, a series would jump when a venue joins.
with days as (

    select
        'liquidations' as subject,
        asset,
        scope,
        venue_count,
    from {{ ref("fct_daily_liquidations") }}

    union all

    select
        'derivatives' as subject,
        asset,
        scope,
        venue_count,
    from {{ ref("fct_daily_derivatives") }}

)

select
    subject,
    asset,
    scope,
    max(venue_count) as venue_count,
from days
group by subject, asset, scope
qualify row_number() over (partition by subject, asset order by max(venue_count) desc, count(*) desc, scope) = 1
