-- The "in the past 24 hours" of the news. An hour is compared with the hour that closed exactly 24 hours before it: if
-- that bar is missing the answer is null, never a comparison over 23 or 25 hours.
{% set snapshot_tolerance_minutes = 60 %}

with hours as (

    select
        *,
        hour_at + interval 1 hour as as_of_at,
    from {{ ref("fct_hourly_prices") }}

),

-- The sum, the high and the low of a day need its 24 hours.
hours_with_day as (

    select
        asset,
        venue,
        hour_at,
        as_of_at,
        cast(close_usd as double) as close_usd,
        case when count(*) over past_24h = 24 then cast(max(high_usd) over past_24h as double) end as high_24h,
        case when count(*) over past_24h = 24 then cast(min(low_usd) over past_24h as double) end as low_24h,
        case
            when count(volume_usd) over past_24h = 24
                then cast(sum(volume_usd) over past_24h as double)
        end as volume_24h,
    from hours
    window past_24h as (
        partition by asset, venue
        order by hour_at
        range between interval 23 hours preceding and current row
    )

),

hours_compared as (

    select
        hours_with_day.*,
        day_before.close_usd as close_usd_24h_ago,
        day_before.volume_24h as volume_24h_24h_ago,
    from hours_with_day
    left join hours_with_day as day_before
        on
            hours_with_day.asset = day_before.asset
            and hours_with_day.venue = day_before.venue
            and hours_with_day.hour_at = day_before.hour_at + interval 24 hours

),

prices as (

    select
        'price_usd' as metric,
        asset,
        venue as scope,
        as_of_at,
        hour_at as hour_start_at,
        close_usd as value,
        close_usd_24h_ago as value_24h_ago,
        case when close_usd_24h_ago is not null then as_of_at - interval 24 hours end as value_24h_ago_at,
        high_24h,
        low_24h,
        cast(null as double) as sum_24h,
        venue as source,
    from hours_compared

),

volumes as (

    select
        'spot_volume_usd' as metric,
        asset,
        venue as scope,
        as_of_at,
        hour_at as hour_start_at,
        volume_24h as value,
        volume_24h_24h_ago as value_24h_ago,
        case when volume_24h_24h_ago is not null then as_of_at - interval 24 hours end as value_24h_ago_at,
        cast(null as double) as high_24h,
        cast(null as double) as low_24h,
        volume_24h as sum_24h,
        venue as source,
    from hours_compared
    where volume_24h is not null

),

-- Like a price's day, the liquidations of 24 hours need each of them.
liquidations_of_the_past as (

    select
        *,
        hour_at + interval 1 hour as as_of_at,
        {%- for side in ["long_usd", "short_usd", "total_usd"] %}
        case
            when count({{ side }}) over past_24h = 24
                then cast(sum({{ side }}) over past_24h as double)
        end as {{ side }}_24h,
        {%- endfor %}
    from {{ ref("int_hourly_liquidations") }}
    window past_24h as (
        partition by asset, scope, source
        order by hour_at
        range between interval 23 hours preceding and current row
    )

),

liquidations as (
    {% for metric, column in [
        ("long_liquidations_usd", "long_usd_24h"),
        ("short_liquidations_usd", "short_usd_24h"),
        ("total_liquidations_usd", "total_usd_24h"),
    ] %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        '{{ metric }}' as metric,
        today.asset,
        today.scope,
        today.as_of_at,
        today.hour_at as hour_start_at,
        today.{{ column }} as value,
        day_before.{{ column }} as value_24h_ago,
        case when day_before.{{ column }} is not null then day_before.as_of_at end as value_24h_ago_at,
        cast(null as double) as high_24h,
        cast(null as double) as low_24h,
        today.{{ column }} as sum_24h,
        today.source,
    from liquidations_of_the_past as today
    left join liquidations_of_the_past as day_before
        on
            today.asset = day_before.asset
            and today.scope = day_before.scope
            and today.source = day_before.source
            and today.hour_at = day_before.hour_at + interval 24 hours
    where today.{{ column }} is not null
    {%- endfor %}

),

snapshots as (

    select
        scope,
        source,
        snapshot_at,
        cast(total_usd as double) as total_usd,
        cast(ex_btc_usd as double) as ex_btc_usd,
    from {{ ref("int_market_cap_snapshots") }}
    qualify row_number() over (
        partition by scope, snapshot_at
        order by precedence asc, observed_at desc, total_usd asc, ex_btc_usd asc, source asc
    ) = 1

),

-- A provider's snapshots come some minutes early or late; the nearest to 24 hours before is taken, and the row says
-- which one it was.
snapshots_compared as (

    select
        today.*,
        day_before.snapshot_at as day_before_at,
        day_before.total_usd as total_usd_24h_ago,
        day_before.ex_btc_usd as ex_btc_usd_24h_ago,
    from snapshots as today
    left join snapshots as day_before
        on
            today.scope = day_before.scope
            and day_before.snapshot_at
            between today.snapshot_at - interval {{ 24 * 60 + snapshot_tolerance_minutes }} minutes
            and today.snapshot_at - interval {{ 24 * 60 - snapshot_tolerance_minutes }} minutes
    qualify
        row_number() over (
            partition by today.scope, today.snapshot_at
            order by
                abs(epoch(day_before.snapshot_at) - epoch(today.snapshot_at - interval 24 hours)),
                day_before.snapshot_at
        ) = 1

),

market_caps as (
    {% for metric, column in [
        ("total_market_cap_usd", "total_usd"),
        ("ex_btc_market_cap_usd", "ex_btc_usd"),
    ] %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        '{{ metric }}' as metric,
        'ALL' as asset,
        scope,
        snapshot_at as as_of_at,
        cast(null as timestamp) as hour_start_at,
        {{ column }} as value,
        {{ column }}_24h_ago as value_24h_ago,
        day_before_at as value_24h_ago_at,
        cast(null as double) as high_24h,
        cast(null as double) as low_24h,
        cast(null as double) as sum_24h,
        source,
    from snapshots_compared
    where {{ column }} is not null
    {%- endfor %}

),

figures as (

    select * from prices
    union all
    select * from volumes
    union all
    select * from liquidations
    union all
    select * from market_caps

)

select
    figures.metric,
    figures.asset,
    figures.scope,
    figures.as_of_at,
    figures.hour_start_at,
    figures.value,
    figures.value_24h_ago,
    figures.value_24h_ago_at,
    figures.value / nullif(figures.value_24h_ago, 0) - 1 as change_ratio,
    figures.high_24h,
    figures.low_24h,
    figures.sum_24h,
    metrics.unit,
    figures.source,
from figures
inner join {{ ref("dim_metrics") }} as metrics
    on figures.metric = metrics.metric
order by figures.metric, figures.asset, figures.scope, figures.as_of_at
