{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "fct_funding_range_versions": "trade_date",
        },
        "settles_within_days": 16,
    }
}) }}
with versions as (

    select *
    from {{ ref("fct_funding_range_versions") }}
    where trade_date >= {{ first_changed_day() }}

),

newest as (

    {{ newest_with_history("versions", ["asset", "scope", "trade_date", "source"]) | indent(4) }}

),

-- A venue's archive and its API are one record of that venue.
preferred as (

    select *
    from newest
    qualify
        row_number() over (
            partition by asset, scope, trade_date
            order by {{ precedence("derivatives", "newest.source") }}, source
        ) = 1

)

select
    asset,
    scope,
    trade_date,
    high_ratio,
    low_ratio,
    last_ratio,
    settlement_count,
    source,
    {{ is_settled("derivatives", "preferred.source", "(preferred.trade_date + interval 1 day)") }} as is_final,
    first_observed_at,
    observed_at,
    revision_count,
from preferred
order by asset, scope, trade_date
