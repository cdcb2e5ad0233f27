{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["stamped_at"],
        "inputs": {
            "binance_futures.account_ratio_1h": "cast(" ~ from_epoch_ms("timestamp") ~ " - interval 1 microsecond as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("binance_futures", "account_ratio_1h") }}

),

renamed as (

    select
        symbols.asset,
        'binance' as venue,
        source.symbol,
        {{ from_epoch_ms("source.timestamp") }} as stamped_at,
        cast(stamped_at - interval 1 microsecond as date) as trade_date,
        cast(source.long_short_ratio as double) as long_short_account_ratio,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'binance_futures' and source.symbol = symbols.symbol

)

select *
from renamed
where stamped_at <= observed_at
