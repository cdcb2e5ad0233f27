with source as (

    select * from {{ source("tradingview", "bars_1d") }}

),

renamed as (

    select
        source.symbol,
        cast(left(source.time, 10) as date) as trade_date,
        cast(trade_date + 1 as timestamp) as closes_at,
        -- Indices of shares are in percent, the others in US dollars.
        ends_with(source.symbol, '.D') as is_share,
        if(is_share, null, cast(source.open as decimal(18, 2))) as open_usd,
        if(is_share, null, cast(source.high as decimal(18, 2))) as high_usd,
        if(is_share, null, cast(source.low as decimal(18, 2))) as low_usd,
        if(is_share, null, cast(source.close as decimal(18, 2))) as close_usd,
        if(is_share, cast(source.open as double) / 100, null) as open_ratio,
        if(is_share, cast(source.high as double) / 100, null) as high_ratio,
        if(is_share, cast(source.low as double) / 100, null) as low_ratio,
        if(is_share, cast(source.close as double) / 100, null) as close_ratio,
        source.observed_at,
        source.response_id,
    from source

)

select *
from renamed
where closes_at <= observed_at
