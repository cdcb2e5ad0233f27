{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["opened_at"],
        "inputs": {
            "bybit.mark_prices_1d": "cast(" ~ from_epoch_ms("start_time") ~ " as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("bybit", "mark_prices_1d") }}

),

renamed as (

    select
        symbols.asset,
        'bybit' as venue,
        source.symbol,
        {{ from_epoch_ms("source.start_time") }} as opened_at,
        opened_at + interval 1 day as closes_at,
        cast(opened_at as date) as trade_date,
        source.open as open_usd,
        source.high as high_usd,
        source.low as low_usd,
        source.close as close_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'bybit' and source.symbol = symbols.symbol

)

select *
from renamed
where closes_at <= observed_at
