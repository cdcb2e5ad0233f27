{{ config(materialized="table", meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "stg_binance__hourly_klines_versions": "trade_date",
            "fct_daily_venue_prices": "trade_date",
            "int_withheld_prices": "trade_date",
        },
    }
}) }}
-- Hourly bars that the published bar of their day contradicts.
with limits as (

    select {{ threshold("hour_gap_limit") }} as limit_ratio

),

hours as (

    select
        asset,
        venue,
        opened_at,
        trade_date,
        observed_at,
        response_id,
        cast(open_usd as double) as open_usd,
        cast(high_usd as double) as high_usd,
        cast(low_usd as double) as low_usd,
        cast(close_usd as double) as close_usd,
    from {{ ref("stg_binance__hourly_klines_versions") }}
    where trade_date >= {{ first_changed_day() }}

),

days as (

    select
        asset,
        venue,
        trade_date,
        cast(open_usd as double) as day_open_usd,
        cast(high_usd as double) as day_high_usd,
        cast(low_usd as double) as day_low_usd,
        cast(close_usd as double) as day_close_usd,
    from {{ ref("fct_daily_venue_prices") }}
    where trade_date >= {{ first_changed_day() }}

),

withheld_days as (

    select distinct
        withheld.asset,
        withheld.source as venue,
        withheld.trade_date,
    from {{ ref("int_withheld_prices") }} as withheld
    anti join days
        on
            withheld.asset = days.asset
            and withheld.source = days.venue
            and withheld.trade_date = days.trade_date
    where withheld.table_name = 'fct_price_versions'

),

beside_their_day as (

    select
        hours.*,
        days.* exclude (asset, venue, trade_date),
        withheld_days.asset is not null as is_of_a_withheld_day,
        limits.limit_ratio,
        high_usd > day_high_usd * (1 + limits.limit_ratio)
        or low_usd < day_low_usd * (1 - limits.limit_ratio) as is_outside,
        (
            least(open_usd, high_usd, low_usd, close_usd) > 0
            and high_usd >= greatest(open_usd, low_usd, close_usd)
            and low_usd <= least(open_usd, close_usd)
            and open_usd + high_usd + low_usd + close_usd is not null
        ) is not true as is_impossible,
    from hours
    left join days using (asset, venue, trade_date)
    left join withheld_days using (asset, venue, trade_date)
    cross join limits

),

-- What is left of a day has to make the day's bar when it is whole: the newest version of its hours, or else the first.
versions as (

    select
        *,
        row_number() over (
            partition by asset, venue, opened_at order by observed_at desc, response_id desc
        ) = 1 as is_newest,
        row_number() over (partition by asset, venue, opened_at order by observed_at, response_id) = 1 as is_first,
    from beside_their_day
    where not is_of_a_withheld_day and not is_impossible and not coalesce(is_outside, false)

),

made_of_hours as (
    {% for version in ["newest", "first"] %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        asset,
        venue,
        trade_date,
        '{{ version }}' as version,
        count(*) < 24
        or greatest(
            abs(min_by(open_usd, opened_at) / any_value(day_open_usd) - 1),
            abs(max(high_usd) / any_value(day_high_usd) - 1),
            abs(min(low_usd) / any_value(day_low_usd) - 1),
            abs(max_by(close_usd, opened_at) / any_value(day_close_usd) - 1)
        ) <= any_value(limit_ratio) as makes_the_day,
    from versions
    where day_close_usd is not null and is_{{ version }}
    group by all
    {%- endfor %}

),

unfit_days as (

    select
        asset,
        venue,
        trade_date,
        bool_or(makes_the_day) as is_made_of_its_first_hours,
    from made_of_hours
    group by all
    having not bool_and(makes_the_day) filter (where version = 'newest')

),

first_versions as (

    select
        asset,
        venue,
        opened_at,
        observed_at,
    from versions
    where is_first

)

select
    'fct_hourly_prices' as table_name,
    'price_usd' as metric,
    bars.asset,
    bars.venue as scope,
    bars.trade_date,
    bars.opened_at as figure_at,
    bars.venue as source,
    coalesce(bars.close_usd, 0) as value,
    case
        when bars.is_impossible
            then 'one of its prices is missing or not above 0, or the high and the low don''t bound the others'
        when bars.is_of_a_withheld_day then 'an hour of a day whose bar is withheld'
        when bars.is_outside
            then format(
                '{:.8g} to {:.8g} USD lies outside the bar of its day, {:.8g} to {:.8g} USD',
                bars.low_usd,
                bars.high_usd,
                bars.day_low_usd,
                bars.day_high_usd
            )
        else
            'the 24 hours of this day make another bar than that of the day: a shifted day, or hours in another unit'
    end as reason,
    bars.observed_at,
    bars.response_id,
from beside_their_day as bars
left join unfit_days using (asset, venue, trade_date)
left join first_versions using (asset, venue, opened_at, observed_at)
where
    bars.is_impossible
    or bars.is_of_a_withheld_day
    or bars.is_outside
    or (
        unfit_days.asset is not null
        and not (unfit_days.is_made_of_its_first_hours and first_versions.asset is not null)
    )
