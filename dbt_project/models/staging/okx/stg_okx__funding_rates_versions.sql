{{ config(meta={
    "by_change": {
        "day": "cast(settled_at - interval 9 hours as date)",
        "same_day": ["settled_at"],
        "inputs": {
            "okx_futures.funding_history": "cast(" ~ from_epoch_ms("funding_time") ~ " - interval 9 hours as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("okx_futures", "funding_history") }}

),

renamed as (

    select
        symbols.asset,
        'okx' as venue,
        source.inst_id as symbol,
        {{ from_epoch_ms("source.funding_time") }} as settled_at,
        coalesce(source.realized_rate, source.funding_rate) as funding_rate_ratio,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'okx_futures' and source.inst_id = symbols.symbol

)

select *
from renamed
where settled_at <= observed_at
