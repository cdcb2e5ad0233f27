{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["opened_at"],
        "inputs": {
            "okx_futures.open_interest_1d": "cast(" ~ from_epoch_ms("ts") ~ " as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("okx_futures", "open_interest_1d") }}

),

renamed as (

    select
        symbols.asset,
        'okx' as venue,
        source.inst_id as symbol,
        {{ from_epoch_ms("source.ts") }} as opened_at,
        opened_at + interval 1 day as closes_at,
        cast(opened_at as date) as trade_date,
        source.oi_ccy as open_interest_quantity,
        cast(source.oi_usd as decimal(18, 2)) as open_interest_usd,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'okx_futures' and source.inst_id = symbols.symbol

)

select *
from renamed
where closes_at <= observed_at
