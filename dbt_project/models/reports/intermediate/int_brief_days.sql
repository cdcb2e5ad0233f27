{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "int_newest_day": "newest_date",
            "dim_dates": "date",
        },
    }
}) }}
-- Every closed day of an asset from its first price on (its first figure if it has none): a gap is reported.
with histories as (

    select
        asset,
        first_date,
    from {{ ref("int_report_starts") }}
    where subject = 'figures' and asset != 'ALL'

)

select
    histories.asset,
    assets.name,
    dates.date as trade_date,
    dates.is_nyse_session,
    dates.previous_session_date,
from histories
cross join {{ ref("int_newest_day") }} as newest_day
inner join {{ ref("dim_assets") }} as assets
    on histories.asset = assets.asset
inner join {{ ref("dim_dates") }} as dates
    on dates.date between histories.first_date and newest_day.newest_date
