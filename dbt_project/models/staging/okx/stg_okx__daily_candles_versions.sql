{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["opened_at"],
        "inputs": {
            "okx.candles_1d": "cast(" ~ from_epoch_ms("ts") ~ " as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("okx", "candles_1d") }}

),

renamed as (

    select
        symbols.asset,
        'okx' as venue,
        source.inst_id as symbol,
        symbols.quote_asset,
        {{ from_epoch_ms("source.ts") }} as opened_at,
        opened_at + interval 1 day as closes_at,
        cast(opened_at as date) as trade_date,
        source.o as open_usd,
        source.h as high_usd,
        source.l as low_usd,
        source.c as close_usd,
        source.vol as volume,
        cast(source.vol_ccy_quote as decimal(18, 2)) as volume_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'okx' and source.inst_id = symbols.symbol

)

select *
from renamed
where closes_at <= observed_at
