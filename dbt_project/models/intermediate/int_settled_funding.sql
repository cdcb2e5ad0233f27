{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_funding_settlements": "trade_date",
        },
    }
}) }}
-- What a long paid on every UTC day of which all settlements are known, as it was known at every instant.
with paid as (

    select * from {{ ref("int_funding_settlements") }}

),

days as (

    {{ sums_as_known(
        "paid", ["source", "asset", "venue", "trade_date"], "settled_at", ["funding_rate_ratio", "paid_hours"]
    ) | indent(4) }}

)

select
    source,
    asset,
    venue,
    trade_date,
    observed_at,
    cast(funding_rate_ratio as double) / 3 as funding_rate_ratio,
    cast(part_count as integer) as settlement_count,
from days
where paid_hours = 24
