with source as (

    select * from {{ source("htx", "liquidation_orders") }}

),

renamed as (

    select
        symbols.asset,
        'htx' as venue,
        source.contract_code as symbol,
        source.id as event_key,
        {{ from_epoch_ms("source.liquidation_time") }} as event_at,
        source.side as reported_side,
        source.amount as quantity,
        source.bankrupt_price as price_usd,
        cast(source.trade_turnover as decimal(18, 2)) as value_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'htx' and source.contract_code = symbols.symbol

)

select *
from renamed
