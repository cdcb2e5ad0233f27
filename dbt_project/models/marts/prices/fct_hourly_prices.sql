{{ config(meta={
    "volume": true,
    "by_change": {
        "day": "cast(hour_at as date)",
        "same_day": ["hour_at"],
        "inputs": {
            "stg_binance__hourly_klines_versions": "trade_date",
            "int_withheld_hours": "trade_date",
        },
    }
}) }}
with plausible as (

    select bars.*
    from {{ ref("stg_binance__hourly_klines_versions") }} as bars
    anti join {{ ref("int_withheld_hours") }} as withheld
        on
            bars.asset = withheld.asset
            and bars.venue = withheld.source
            and bars.opened_at = withheld.figure_at
            and bars.observed_at = withheld.observed_at
    where bars.trade_date >= {{ first_changed_day() }}

),

klines as (

    {{ newest_version("plausible", ["symbol", "opened_at"]) | indent(4) }}

)

select
    asset,
    venue,
    opened_at as hour_at,
    quote_asset,
    open_usd,
    high_usd,
    low_usd,
    close_usd,
    volume,
    volume_usd,
    observed_at,
from klines
-- Years first: what reads the newest days passes over the rows of earlier years.
order by year(hour_at), asset, venue, hour_at
