{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "stg_coinmetrics__asset_metrics_versions": "trade_date",
            "stg_defillama__coin_prices_versions": "trade_date",
        },
    }
}) }}
select
    asset,
    'coinmetrics' as source,
    trade_date,
    as_of_at,
    price_usd as reference_usd,
    observed_at,
    response_id,
from {{ ref("stg_coinmetrics__asset_metrics_versions") }}
where price_usd is not null

union all by name

select
    asset,
    'defillama_coins' as source,
    trade_date,
    as_of_at,
    price_usd as reference_usd,
    observed_at,
    response_id,
from {{ ref("stg_defillama__coin_prices_versions") }}
