with newest as (

    {{ newest_with_history(ref("fct_dominance_versions"), ["asset", "scope", "trade_date"]) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    open_ratio,
    high_ratio,
    low_ratio,
    close_ratio,
    source,
    {{ is_settled("market_caps", "newest.source", "(newest.trade_date + interval 1 day)") }} as is_final,
    first_observed_at,
    observed_at,
    revision_count,
from newest
order by asset, scope, trade_date
