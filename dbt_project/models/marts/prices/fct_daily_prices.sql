{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "fct_daily_venue_prices": "trade_date",
            "fct_hourly_prices": "cast(hour_at as date)",
        },
    }
}) }}
with venue_prices as (

    select *
    from {{ ref("fct_daily_venue_prices") }}
    where trade_date >= {{ first_changed_day() }} - 1

),

venue_agreement as (

    select
        asset,
        trade_date,
        cast(count(*) as integer) as venue_count,
        cast(max(close_usd) as double) / nullif(cast(min(close_usd) as double), 0) - 1 as widest_gap_ratio,
    from venue_prices
    group by all

),

chosen as (

    select *
    from venue_prices
    qualify
        row_number() over (
            partition by asset, trade_date
            order by {{ precedence("prices", "venue_prices.venue") }}, venue_prices.venue
        ) = 1

),

-- The first hour in which the venue's price reached the day's extreme. Null unless an hourly bar reaches the daily
-- extreme: with hours missing, the extreme of the others is another figure. The same holds as of an instant for an hour
-- restated later, because its earlier bar is not kept.
extremes as (

    select
        chosen.asset,
        chosen.trade_date,
        min(hours.hour_at) filter (where hours.high_usd = chosen.high_usd) as high_at,
        min(hours.hour_at) filter (where hours.low_usd = chosen.low_usd) as low_at,
    from chosen
    inner join {{ ref("fct_hourly_prices") }} as hours
        on
            chosen.asset = hours.asset
            and chosen.venue = hours.venue
            and chosen.trade_date = cast(hours.hour_at as date)
    where hours.hour_at >= {{ first_changed_day() }}
    group by all

)

select
    chosen.asset,
    chosen.trade_date,
    chosen.open_usd,
    chosen.high_usd,
    chosen.low_usd,
    chosen.close_usd,
    extremes.high_at,
    extremes.low_at,
    chosen.volume,
    chosen.volume_usd,
    -- With another venue's close of the day before, the return would include the gap between the venues.
    cast(chosen.close_usd as double) / nullif(cast(day_before.close_usd as double), 0) - 1 as return_ratio,
    chosen.venue as source,
    chosen.quote_asset,
    venue_agreement.venue_count,
    case when venue_agreement.venue_count > 1 then venue_agreement.widest_gap_ratio * 10000 end as venue_spread_bps,
    chosen.observed_at,
    chosen.is_final,
from chosen
inner join venue_agreement using (asset, trade_date)
left join extremes using (asset, trade_date)
left join venue_prices as day_before
    on
        chosen.asset = day_before.asset
        and chosen.venue = day_before.venue
        and chosen.trade_date = day_before.trade_date + 1
order by asset, trade_date
