{{ config(materialized="table") }}
-- One source for the whole series of a scope: a day missing there stays missing and is not filled from another source.
with sources as (

    select distinct
        asset,
        scope,
        source,
    from {{ ref("fct_liquidation_versions") }}

)

select
    asset,
    scope,
    source,
from sources
qualify
    row_number() over (
        partition by asset, scope
        order by {{ precedence("liquidations", "sources.source") }}, sources.source
    ) = 1
