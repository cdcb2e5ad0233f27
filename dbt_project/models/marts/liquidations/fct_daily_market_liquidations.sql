with newest as (

    {{ newest_with_history(ref("fct_market_liquidation_versions"), ["asset", "scope", "trade_date"]) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    snapshot_at,
    long_usd,
    short_usd,
    total_usd,
    venue_list,
    source,
    {{ is_settled("market_liquidations", "newest.source", "(newest.trade_date + interval 1 day)") }} as is_final,
    first_observed_at,
    observed_at,
    revision_count,
from newest
order by asset, scope, trade_date
