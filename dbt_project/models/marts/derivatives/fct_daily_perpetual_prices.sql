with newest as (

    {{ newest_with_history(ref("fct_perpetual_price_versions"), ["asset", "scope", "trade_date"]) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    quote_asset,
    open_usd,
    high_usd,
    low_usd,
    close_usd,
    volume,
    source,
    {{ is_settled("perpetual_prices", "newest.source", "(newest.trade_date + interval 1 day)") }} as is_final,
    first_observed_at,
    observed_at,
    revision_count,
from newest
order by asset, scope, trade_date
