-- Every closed day of an asset from its first price on (its first figure if it has none): a gap is reported.
with histories as (

    select
        asset,
        coalesce(min(first_date) filter (where metric = 'price_usd'), min(first_date)) as first_date,
    from {{ ref("int_series_coverage") }}
    where asset != 'ALL'
    group by all

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
