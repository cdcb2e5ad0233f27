-- A day with all 24 hours has the daily bar's extremes, first and last price. The two are different responses of the
-- venue, so a difference is its doing: shown, not blocking.
{{ config(severity="warn", meta={
    "by_change": {
        "inputs": {
            "fct_hourly_prices": "cast(hour_at as date)",
            "fct_daily_venue_prices": "trade_date",
        },
    }
}) }}
with days as (

    select
        asset,
        venue,
        cast(hour_at as date) as trade_date,
        max(high_usd) as high_usd,
        min(low_usd) as low_usd,
        min_by(open_usd, hour_at) as open_usd,
        max_by(close_usd, hour_at) as close_usd,
    from {{ ref("fct_hourly_prices") }}
    where hour_at >= {{ first_changed_day() }}
    group by all
    having count(*) = 24

)

select
    asset,
    venue,
    trade_date,
from days
inner join {{ ref("fct_daily_venue_prices") }} as daily using (asset, venue, trade_date)
where
    days.open_usd != daily.open_usd
    or days.high_usd != daily.high_usd
    or days.low_usd != daily.low_usd
    or days.close_usd != daily.close_usd
