{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["stamped_at"],
        "inputs": {
            "bybit.account_ratio_1d": "cast(" ~ from_epoch_ms("timestamp") ~ " - interval 1 microsecond as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("bybit", "account_ratio_1d") }}

),

renamed as (

    select
        symbols.asset,
        'bybit' as venue,
        source.symbol,
        {{ from_epoch_ms("source.timestamp") }} as stamped_at,
        cast(stamped_at - interval 1 microsecond as date) as trade_date,
        cast(source.buy_ratio as double) / nullif(cast(source.sell_ratio as double), 0) as long_short_account_ratio,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'bybit' and source.symbol = symbols.symbol

)

select *
from renamed
where stamped_at <= observed_at
