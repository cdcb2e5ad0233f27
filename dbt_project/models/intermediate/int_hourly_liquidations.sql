{{ config(meta={
    "by_change": {
        "day": "cast(hour_at as date)",
        "inputs": {
            "stg_gate__hourly_contract_stats": "trade_date",
        },
    }
}) }}
-- Hours of forced closes, of every source that reports by the hour. An hour without one is a source's 0, not a gap.
select
    asset,
    'gate' as scope,
    'gate' as source,
    opened_at as hour_at,
    cast(sum(long_usd) as decimal(18, 2)) as long_usd,
    cast(sum(short_usd) as decimal(18, 2)) as short_usd,
    cast(sum(long_usd + short_usd) as decimal(18, 2)) as total_usd,
from {{ ref("stg_gate__hourly_contract_stats") }}
where asset is not null
group by all
having count(long_usd) = count(*) and count(short_usd) = count(*)
