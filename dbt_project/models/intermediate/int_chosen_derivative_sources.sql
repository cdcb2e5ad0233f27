{{ config(materialized="table") }}
-- The record that makes the whole series of a scope. A venue's archive and its API are one record of that venue.
with sources as (

    select distinct
        asset,
        scope,
        source,
    from {{ ref("fct_derivative_versions") }}

),

ranked as (

    select
        *,
        replace(source, '_archive', '') as record,
        {{ precedence("derivatives", "sources.source") }} as precedence,
    from sources

),

preferred as (

    select
        *,
        min(precedence) over (partition by asset, scope, record) as record_precedence,
    from ranked

)

select
    asset,
    scope,
    source,
    precedence,
from preferred
qualify rank() over (partition by asset, scope order by record_precedence, record) = 1
