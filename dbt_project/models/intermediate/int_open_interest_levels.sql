{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "stg_binance__futures_metrics_versions": "trade_date",
            "stg_binance__open_interest_versions": "trade_date",
            "stg_gate__hourly_contract_stats_versions": "trade_date",
        },
    }
}) }}
-- Open interest at every instant at which a venue reports it, every version, in the steps of each source.
select
    'binance_archive_futures' as source,
    asset,
    venue,
    trade_date,
    stamped_at,
    open_interest_usd,
    observed_at,
from {{ ref("stg_binance__futures_metrics_versions") }}
where open_interest_usd is not null

union all

select
    'binance_futures' as source,
    asset,
    venue,
    trade_date,
    stamped_at,
    open_interest_usd,
    observed_at,
from {{ ref("stg_binance__open_interest_versions") }}
where open_interest_usd is not null

union all

select
    'gate' as source,
    asset,
    venue,
    trade_date,
    closes_at as stamped_at,
    open_interest_usd,
    observed_at,
from {{ ref("stg_gate__hourly_contract_stats_versions") }}
where open_interest_usd is not null
