{{ config(materialized="table", meta={
    "volume": true,
    "by_change": {
        "day": "trade_date",
        "same_day": ["opened_at"],
        "inputs": {
            "gate.contract_stats_1h": "cast(make_timestamp(time * 1000000) as date)",
        },
    }
}) }}
with source as (

    select *
    from {{ source("gate", "contract_stats_1h") }}
    where time >= {{ epoch_s(first_changed_day()) }}

),

renamed as (

    select
        symbols.asset,
        'gate' as venue,
        source.contract,
        {{ from_epoch_s("source.time") }} as opened_at,
        {{ from_epoch_s("source.time", 3600) }} as closes_at,
        cast(opened_at as date) as trade_date,
        -- The newer field is size × multiplier × mark price; the older one is all there is before April 2026.
        cast(coalesce(source.long_liq_usd_new, source.long_liq_usd) as decimal(18, 2)) as long_usd,
        cast(coalesce(source.short_liq_usd_new, source.short_liq_usd) as decimal(18, 2)) as short_usd,
        cast(source.open_interest_usd as decimal(18, 2)) as open_interest_usd,
        cast(source.lsr_account as double) as long_short_account_ratio,
        cast(source.last_funding_rate as double) as last_funding_rate_ratio,
        source.observed_at,
        source.response_id,
    from source
    left join {{ ref("asset_symbols") }} as symbols
        on symbols.source = 'gate' and source.contract = symbols.symbol

)

select *
from renamed
where closes_at <= observed_at
