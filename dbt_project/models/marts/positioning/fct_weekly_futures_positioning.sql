with newest as (

    {{ newest_with_history(ref("fct_futures_positioning_versions"), ["asset", "scope", "trade_date"]) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    open_interest_contracts,
    dealer_long_contracts,
    dealer_short_contracts,
    asset_manager_long_contracts,
    asset_manager_short_contracts,
    leveraged_fund_long_contracts,
    leveraged_fund_short_contracts,
    dealer_long_contracts - dealer_short_contracts as dealer_net_contracts,
    asset_manager_long_contracts - asset_manager_short_contracts as asset_manager_net_contracts,
    leveraged_fund_long_contracts - leveraged_fund_short_contracts as leveraged_fund_net_contracts,
    cast(trade_date + 3 as timestamp) + interval 20 hour + interval 30 minute as published_at,
    source,
    {{ is_settled("positioning", "newest.source", "(newest.trade_date + interval 3 day)") }} as is_final,
    first_observed_at,
    observed_at,
    revision_count,
from newest
order by asset, scope, trade_date
