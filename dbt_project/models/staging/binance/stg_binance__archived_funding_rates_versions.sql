{{ config(meta={
    "by_change": {
        "day": "cast(settled_at - interval 9 hours as date)",
        "same_day": ["settled_at"],
        "inputs": {
            "binance_archive_futures.funding_rate": "cast(" ~ from_epoch_ms("calc_time") ~ " - interval 9 hours as date)",
        },
    }
}) }}
with source as (

    select * from {{ source("binance_archive_futures", "funding_rate") }}

),

renamed as (

    select
        symbols.asset,
        'binance' as venue,
        source.symbol,
        {{ from_epoch_ms("source.calc_time") }} as settled_at,
        source.last_funding_rate as funding_rate_ratio,
        source.funding_interval_hours as interval_hours,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'binance_archive_futures' and source.symbol = symbols.symbol

)

select *
from renamed
where settled_at <= observed_at
