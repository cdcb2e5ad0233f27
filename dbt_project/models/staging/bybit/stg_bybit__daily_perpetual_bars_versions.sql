with source as (

    select * from {{ source("bybit", "klines_1d") }}

),

renamed as (

    select
        symbols.asset,
        'bybit' as venue,
        source.symbol,
        symbols.quote_asset,
        cast({{ from_epoch_ms("source.start_time") }} as date) as trade_date,
        {{ per_unit("source.open", "decimal(18, 8)") }} as open_usd,
        {{ per_unit("source.high", "decimal(18, 8)") }} as high_usd,
        {{ per_unit("source.low", "decimal(18, 8)") }} as low_usd,
        {{ per_unit("source.close", "decimal(18, 8)") }} as close_usd,
        {{ in_units("source.volume", "decimal(28, 8)") }} as volume,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'bybit' and source.symbol = symbols.symbol

)

select *
from renamed
where trade_date + 1 <= observed_at
