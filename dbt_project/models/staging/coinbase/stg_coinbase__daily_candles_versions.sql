{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["opened_at"],
        "inputs": {
            "coinbase.candles_1d": "cast(" ~ from_epoch_s("time") ~ " as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("coinbase", "candles_1d") }}

),

renamed as (

    select
        symbols.asset,
        'coinbase' as venue,
        source.product_id as symbol,
        symbols.quote_asset,
        {{ from_epoch_s("source.time") }} as opened_at,
        opened_at + interval 1 day as closes_at,
        cast(opened_at as date) as trade_date,
        source.open as open_usd,
        source.high as high_usd,
        source.low as low_usd,
        source.close as close_usd,
        source.volume,
        -- Candles carry base volume alone; volume times close would be an estimate, not what was traded.
        cast(null as decimal(18, 2)) as volume_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'coinbase' and source.product_id = symbols.symbol

)

select *
from renamed
where closes_at <= observed_at
