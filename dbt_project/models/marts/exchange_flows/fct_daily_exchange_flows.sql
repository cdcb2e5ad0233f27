with newest as (

    {{ newest_with_history(ref("fct_exchange_flow_versions"), ["asset", "scope", "trade_date"]) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    inflow_coins,
    outflow_coins,
    inflow_usd,
    outflow_usd,
    cast(inflow_coins - outflow_coins as decimal(28, 8)) as net_inflow_coins,
    cast(inflow_usd - outflow_usd as decimal(18, 2)) as net_inflow_usd,
    source,
    {{ is_settled("exchange_flows", "newest.source", "(newest.trade_date + interval 1 day)") }} as is_final,
    first_observed_at,
    observed_at,
    revision_count,
from newest
order by asset, scope, trade_date
