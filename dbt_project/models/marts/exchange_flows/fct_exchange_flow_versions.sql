with reported as (

    select
        asset,
        'coinmetrics_exchanges' as scope,
        trade_date,
        'coinmetrics' as source,
        observed_at,
        inflow_coins,
        outflow_coins,
        inflow_usd,
        outflow_usd,
    from {{ ref("stg_coinmetrics__exchange_flows_versions") }}

),

changed as (

    {{ changed_versions(
        "reported",
        ["asset", "scope", "trade_date", "source"],
        ["inflow_coins", "outflow_coins", "inflow_usd", "outflow_usd"],
    ) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    inflow_coins,
    outflow_coins,
    inflow_usd,
    outflow_usd,
from changed
order by asset, scope, trade_date, source, observed_at
