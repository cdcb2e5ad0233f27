{{ config(materialized="table", meta={
    "by_change": {
        "day": "cast(as_of_at as date)",
        "inputs": {
            "fct_rolling_24h": "cast(as_of_at as date)",
        },
    }
}) }}
-- How much a market changed in the 24 hours before a snapshot, for the brief of the day that the snapshot closes.
select
    scope,
    as_of_at,
    change_ratio,
from {{ ref("fct_rolling_24h") }}
where metric = 'ex_btc_market_cap_usd' and as_of_at >= {{ first_changed_day() }}
