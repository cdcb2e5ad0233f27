with source as (

    select * from {{ source("cftc", "futures_positions") }}

),

renamed as (

    select
        symbols.asset,
        source.contract,
        source.report_date as trade_date,
        source.open_interest_all as open_interest_contracts,
        source.dealer_long as dealer_long_contracts,
        source.dealer_short as dealer_short_contracts,
        source.asset_mgr_long as asset_manager_long_contracts,
        source.asset_mgr_short as asset_manager_short_contracts,
        source.lev_money_long as leveraged_fund_long_contracts,
        source.lev_money_short as leveraged_fund_short_contracts,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'cftc' and source.contract = symbols.symbol

)

select *
from renamed
where trade_date + 3 <= observed_at
