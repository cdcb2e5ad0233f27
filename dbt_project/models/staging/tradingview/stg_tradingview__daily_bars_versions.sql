with source as (

    select * from {{ source("tradingview", "bars_1d") }}

),

renamed as (

    select
        source.symbol,
        cast(left(source.time, 10) as date) as trade_date,
        cast(trade_date + 1 as timestamp) as closes_at,
        cast(source.open as decimal(18, 2)) as open_usd,
        cast(source.high as decimal(18, 2)) as high_usd,
        cast(source.low as decimal(18, 2)) as low_usd,
        cast(source.close as decimal(18, 2)) as close_usd,
        source.observed_at,
        source.response_id,
    from source

)

select *
from renamed
where closes_at <= observed_at
