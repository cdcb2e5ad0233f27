with newest as (

    {{ newest_with_history(ref("fct_market_cap_versions"), ["scope", "trade_date"]) | indent(4) }}

)

select
    scope,
    trade_date,
    total_usd,
    btc_usd,
    ex_btc_usd,
    btc_dominance_ratio,
    ex_btc_open_usd,
    ex_btc_high_usd,
    ex_btc_low_usd,
    snapshot_at,
    source,
    {{ is_settled("market_caps", "newest.source", "newest.snapshot_at") }} as is_final,
    first_observed_at,
    observed_at,
    revision_count,
from newest
order by scope, trade_date
