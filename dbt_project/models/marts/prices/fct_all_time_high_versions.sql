with reported as (

    select
        asset,
        'coingecko_all' as scope,
        trade_date,
        'coingecko' as source,
        observed_at,
        high_usd,
        high_at,
    from {{ ref("stg_coingecko__all_time_highs_versions") }}

),

changed as (

    {{ changed_versions("reported", ["asset", "scope", "source"], ["high_usd", "high_at"]) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    high_usd,
    high_at,
from changed
order by asset, scope, source, observed_at
