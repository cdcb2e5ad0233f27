{{ config(meta={
    "by_change": {
        "day": "cast(settled_at - interval 9 hours as date)",
        "same_day": ["settled_at"],
        "inputs": {
            "bybit.funding_history": "cast(" ~ from_epoch_ms("funding_rate_timestamp") ~ " - interval 9 hours as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("bybit", "funding_history") }}

),

renamed as (

    select
        symbols.asset,
        'bybit' as venue,
        source.symbol,
        {{ from_epoch_ms("source.funding_rate_timestamp") }} as settled_at,
        source.funding_rate as funding_rate_ratio,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'bybit' and source.symbol = symbols.symbol

)

select *
from renamed
where settled_at <= observed_at
