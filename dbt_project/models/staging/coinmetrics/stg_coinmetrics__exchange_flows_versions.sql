with source as (

    select * from {{ source("coinmetrics", "exchange_flows_1d") }}

),

renamed as (

    select
        symbols.asset,
        source.asset as symbol,
        cast(cast(source.time as timestamp) as date) as trade_date,
        cast(source.flow_in_ex_ntv as decimal(28, 8)) as inflow_coins,
        cast(source.flow_out_ex_ntv as decimal(28, 8)) as outflow_coins,
        cast(source.flow_in_ex_usd as decimal(18, 2)) as inflow_usd,
        cast(source.flow_out_ex_usd as decimal(18, 2)) as outflow_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'coinmetrics' and source.asset = symbols.symbol

)

select *
from renamed
where trade_date + 1 <= observed_at
