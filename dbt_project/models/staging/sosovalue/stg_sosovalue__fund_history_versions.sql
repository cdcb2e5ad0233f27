with source as (

    select * from {{ source("sosovalue", "fund_history") }}

),

renamed as (

    select
        source.asset,
        {{ present_ticker("source.asset", "source.ticker") }} as fund_ticker,
        source.ticker as printed_ticker,
        source.date as trade_date,
        source.net_inflow as net_flow_usd,
        source.observed_at,
        source.response_id,
    from source

)

select * from renamed
