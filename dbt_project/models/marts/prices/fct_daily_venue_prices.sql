{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "fct_price_versions": "trade_date",
        },
        "settles_within_days": 7,
    }
}) }}
with versions as (

    select *
    from {{ ref("fct_price_versions") }}
    where trade_date >= {{ first_changed_day() }}

),

newest as (

    {{ newest_with_history("versions", ["asset", "venue", "trade_date"]) | indent(4) }}

)

select
    asset,
    venue,
    trade_date,
    quote_asset,
    open_usd,
    high_usd,
    low_usd,
    close_usd,
    volume,
    volume_usd,
    first_observed_at,
    observed_at,
    revision_count,
    {{ is_settled("prices", "newest.venue", "(newest.trade_date + interval 1 day)") }} as is_final,
from newest
order by asset, venue, trade_date
