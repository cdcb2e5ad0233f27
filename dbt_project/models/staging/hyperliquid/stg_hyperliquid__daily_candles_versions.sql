with source as (

    select * from {{ source("hyperliquid", "candles_1d") }}

),

renamed as (

    select
        symbols.asset,
        source.coin as symbol,
        cast({{ from_epoch_ms("source.opened") }} as date) as trade_date,
        source.open as open_usd,
        source.high as high_usd,
        source.low as low_usd,
        source.close as close_usd,
        source.volume,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'hyperliquid' and source.coin = symbols.symbol

)

select *
from renamed
where trade_date + 1 <= observed_at
