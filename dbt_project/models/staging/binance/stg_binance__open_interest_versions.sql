{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["stamped_at"],
        "inputs": {
            "binance_futures.open_interest_1h": "cast(" ~ from_epoch_ms("timestamp") ~ " - interval 1 microsecond as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("binance_futures", "open_interest_1h") }}

),

renamed as (

    select
        symbols.asset,
        'binance' as venue,
        source.symbol,
        {{ from_epoch_ms("source.timestamp") }} as stamped_at,
        cast(stamped_at - interval 1 microsecond as date) as trade_date,
        {{ in_units("source.sum_open_interest", "decimal(28, 10)") }} as open_interest_quantity,
        cast(source.sum_open_interest_value as decimal(18, 2)) as open_interest_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'binance_futures' and source.symbol = symbols.symbol

)

select *
from renamed
where stamped_at <= observed_at
