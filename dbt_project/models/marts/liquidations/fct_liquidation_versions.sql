{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_reported_liquidations": "trade_date",
            "int_withheld_liquidations": "trade_date",
        },
    }
}) }}
with liquidations as (

    select *
    from {{ ref("int_reported_liquidations") }}
    anti join {{ ref("int_withheld_liquidations") }}
        using (asset, scope, trade_date, source, observed_at)
    where trade_date >= {{ first_changed_day() }}

),

changed as (

    {{ changed_versions(
        "liquidations", ["asset", "scope", "trade_date", "source"], ["long_usd", "short_usd"]
    ) | indent(4) }}

)

select
    asset,
    scope,
    trade_date,
    source,
    observed_at,
    venue_list,
    long_usd,
    short_usd,
    total_usd,
    cast(long_usd as double) / nullif(cast(total_usd as double), 0) as long_share_ratio,
from changed
order by asset, scope, trade_date, source, observed_at
