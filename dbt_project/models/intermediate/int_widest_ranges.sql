{{ config(materialized="table") }}
-- The range within a day is one venue's. One venue per asset for all its days, as in `int_widest_scopes`.
with days as (

    select
        'open_interest' as subject,
        asset,
        scope,
    from {{ ref("fct_daily_open_interest_ranges") }}

    union all

    select
        'funding_settlement' as subject,
        asset,
        scope,
    from {{ ref("fct_daily_funding_ranges") }}

)

select
    subject,
    asset,
    scope,
from days
group by subject, asset, scope
qualify row_number() over (partition by subject, asset order by count(*) desc, scope) = 1
