with source as (

    select * from {{ source("tftc", "etf_flows") }}

),

renamed as (

    select
        'BTC' as asset,
        source.date as trade_date,
        source.net_flow_usd,
        source.observed_at,
        source.response_id,
    from source

)

select * from renamed
