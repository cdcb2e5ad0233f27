{{ config(meta={
    "by_change": {
        "day": "cast(settled_at - interval 9 hours as date)",
        "same_day": ["settled_at"],
        "inputs": {
            "hyperliquid.funding_history": "cast(" ~ from_epoch_ms("time") ~ " - interval 9 hours as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("hyperliquid", "funding_history") }}

),

renamed as (

    select
        symbols.asset,
        'hyperliquid' as venue,
        source.coin as symbol,
        {{ from_epoch_ms("source.time") }} as settled_at,
        source.funding_rate as funding_rate_ratio,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'hyperliquid' and source.coin = symbols.symbol

)

select *
from renamed
where settled_at <= observed_at
