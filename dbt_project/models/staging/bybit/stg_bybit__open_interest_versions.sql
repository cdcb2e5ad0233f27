{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["stamped_at"],
        "inputs": {
            "bybit.open_interest_1d": "cast(" ~ from_epoch_ms("timestamp") ~ " - interval 1 microsecond as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("bybit", "open_interest_1d") }}

),

renamed as (

    select
        symbols.asset,
        'bybit' as venue,
        source.symbol,
        {{ from_epoch_ms("source.timestamp") }} as stamped_at,
        cast(stamped_at - interval 1 microsecond as date) as trade_date,
        coalesce(
            source.single_open_interest, cast(source.open_interest / 2 as decimal(28, 8))
        ) as open_interest_quantity,
        source.open_interest as both_sides_quantity,
        source.single_open_interest is null as is_halved,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'bybit' and source.symbol = symbols.symbol

)

select *
from renamed
where stamped_at <= observed_at
