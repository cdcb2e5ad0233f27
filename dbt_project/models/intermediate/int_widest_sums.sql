{{ config(materialized="table") }}
-- The sum of several venues with which a source's single venues are compared, the same for all days of an asset.
select
    asset,
    source,
    scope,
from {{ ref("fct_daily_liquidations") }}
where venue_count > 1
group by asset, source, scope
qualify row_number() over (partition by asset, source order by max(venue_count) desc, count(*) desc, scope) = 1
