{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["as_of_at"],
        "inputs": {
            "defillama_coins.chart_1d": "cast(" ~ from_epoch_s("timestamp") ~ " + interval 12 hour as date) - 1",
        },
    }
}) }}
with source as (

    select * from {{ source("defillama_coins", "chart_1d") }}

),

renamed as (

    select
        symbols.asset,
        source.coin as symbol,
        {{ from_epoch_s("source.timestamp") }} as as_of_at,
        -- A point lies minutes before or after its midnight, and is the end of the day before.
        cast(as_of_at + interval 12 hour as date) - 1 as trade_date,
        cast(source.price as decimal(18, 8)) as price_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'defillama_coins' and source.coin = symbols.symbol

)

select *
from renamed
where trade_date + 1 <= observed_at
