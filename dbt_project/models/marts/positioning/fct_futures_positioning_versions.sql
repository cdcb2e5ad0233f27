with reported as (

    select
        asset,
        'cme' as scope,
        trade_date,
        'cftc' as source,
        observed_at,
        open_interest_contracts,
        dealer_long_contracts,
        dealer_short_contracts,
        asset_manager_long_contracts,
        asset_manager_short_contracts,
        leveraged_fund_long_contracts,
        leveraged_fund_short_contracts,
    from {{ ref("stg_cftc__futures_positions_versions") }}

),

changed as (

    {{ changed_versions(
        "reported",
        ["asset", "scope", "trade_date", "source"],
        ["open_interest_contracts", "dealer_long_contracts", "dealer_short_contracts", "asset_manager_long_contracts", "asset_manager_short_contracts", "leveraged_fund_long_contracts", "leveraged_fund_short_contracts"],
    ) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    open_interest_contracts,
    dealer_long_contracts,
    dealer_short_contracts,
    asset_manager_long_contracts,
    asset_manager_short_contracts,
    leveraged_fund_long_contracts,
    leveraged_fund_short_contracts,
from changed
order by asset, scope, trade_date, source, observed_at
