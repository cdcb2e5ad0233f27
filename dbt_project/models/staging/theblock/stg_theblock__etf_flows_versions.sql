with source as (

    select * from {{ source("theblock", "etf_flows") }}

),

renamed as (

    select
        source.asset,
        {{ present_ticker("source.asset", "source.ticker") }} as fund_ticker,
        source.ticker as printed_ticker,
        cast(to_timestamp(source.timestamp) at time zone 'UTC' as date) as trade_date,
        source.result as net_flow_usd,
        source.observed_at,
        source.response_id,
    from source

)

select * from renamed
