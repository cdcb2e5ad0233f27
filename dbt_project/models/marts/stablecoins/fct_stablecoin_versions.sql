with reported as (

    select
        asset,
        scope,
        trade_date,
        'defillama_stablecoins' as source,
        observed_at,
        supply_coins,
        supply_usd,
    from {{ ref("stg_defillama__stablecoin_supply_versions") }}

),

changed as (

    {{ changed_versions(
        "reported",
        ["asset", "scope", "trade_date", "source"],
        ["supply_coins", "supply_usd"],
    ) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    supply_coins,
    supply_usd,
from changed
order by asset, scope, trade_date, source, observed_at
