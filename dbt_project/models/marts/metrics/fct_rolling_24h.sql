{{ config(meta={
    "volume": true,
    "by_change": {
        "day": "cast(as_of_at as date)",
        "same_day": ["as_of_at"],
        "inputs": {
            "fct_hourly_prices": "cast(hour_at as date)",
            "int_hourly_liquidations": "cast(hour_at as date)",
            "int_market_cap_snapshots": "cast(snapshot_at as date)",
        },
    }
}) }}
-- The "in the past 24 hours" of the news. An hour is compared with the hour that closed exactly 24 hours before it: if
-- that bar is missing the result is null, never a comparison over 23 or 25 hours. The metrics are those of
-- `daily_figures` in `dbt_project.yml` with a `rolling` relation, and their columns there.
-- A row needs the 48 hours before it: those of its own 24 hours, and of the 24 hours before.
{% set snapshot_tolerance_minutes = 60 %}
{% set hourly = ["price_hours", "liquidation_hours"] %}

with price_hours as (

    select
        *,
        venue as scope,
        venue as source,
    from {{ ref("fct_hourly_prices") }}
    where hour_at >= {{ first_changed_day() }} - 2

),

liquidation_hours as (

    select *
    from {{ ref("int_hourly_liquidations") }}
    where hour_at >= {{ first_changed_day() }} - 2

),
{% for relation in hourly %}
-- The sum, the high and the low of a day need its 24 hours.
{{ relation }}_past_24h as (

    select
        asset,
        scope,
        source,
        hour_at,
        {%- for rolling in rolling_metrics() if rolling.relation == relation %}
        {%- if "sum" in rolling.columns %}
        case
            when count({{ rolling.columns.sum }}) over past_24h = 24
                then cast(sum({{ rolling.columns.sum }}) over past_24h as double)
        end as {{ rolling.metric }},
        {%- else %}
        cast({{ rolling.columns.close }} as double) as {{ rolling.metric }},
        {%- for statistic, function in [("high", "max"), ("low", "min")] if statistic in rolling.columns %}
        case
            when count(*) over past_24h = 24
                then cast({{ function }}({{ rolling.columns[statistic] }}) over past_24h as double)
        end as {{ rolling.metric }}_{{ statistic }},
        {%- endfor %}
        {%- endif %}
        {%- endfor %}
    from {{ relation }}
    window past_24h as (
        partition by asset, scope, source
        order by hour_at
        range between interval 23 hours preceding and current row
    )

),
{% endfor %}
hourly_figures as (
    {%- set joined = [] %}
    {%- for relation in hourly %}
    {%- for rolling in rolling_metrics() if rolling.relation == relation %}
    {%- if joined %}
    union all
    {%- endif %}
    {%- do joined.append(rolling.metric) %}
    select
        '{{ rolling.metric }}' as metric,
        today.asset,
        today.scope,
        today.hour_at + interval 1 hour as as_of_at,
        today.hour_at as hour_start_at,
        today.{{ rolling.metric }} as value,
        day_before.{{ rolling.metric }} as value_24h_ago,
        if(value_24h_ago is null, null, today.hour_at - interval 23 hours) as value_24h_ago_at,
        {%- for statistic in ["high", "low"] %}
        {%- if statistic in rolling.columns %}
        today.{{ rolling.metric }}_{{ statistic }} as {{ statistic }}_24h,
        {%- else %}
        cast(null as double) as {{ statistic }}_24h,
        {%- endif %}
        {%- endfor %}
        {{ "today." ~ rolling.metric if "sum" in rolling.columns else "cast(null as double)" }} as sum_24h,
        today.source,
    from {{ relation }}_past_24h as today
    left join {{ relation }}_past_24h as day_before
        on
            today.asset = day_before.asset
            and today.scope = day_before.scope
            and today.source = day_before.source
            and today.hour_at = day_before.hour_at + interval 24 hours
    where today.{{ rolling.metric }} is not null
    {%- endfor %}
    {%- endfor %}

),

market_cap_snapshots as (

    select *
    from {{ ref("int_market_cap_snapshots") }}
    qualify row_number() over (
        partition by scope, snapshot_at
        order by precedence asc, observed_at desc, total_usd asc, ex_btc_usd asc, source asc
    ) = 1

),

-- A provider's snapshots are some minutes early or late; the nearest to 24 hours before is taken, and the row names its
-- instant.
snapshot_pairs as (

    select
        today.scope,
        today.snapshot_at,
        day_before.snapshot_at as day_before_at,
    from market_cap_snapshots as today
    left join market_cap_snapshots as day_before
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

snapshot_figures as (
    {%- for rolling in rolling_metrics() if rolling.relation == "market_cap_snapshots" %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        '{{ rolling.metric }}' as metric,
        'ALL' as asset,
        today.scope,
        today.snapshot_at as as_of_at,
        cast(null as timestamp) as hour_start_at,
        cast(today.{{ rolling.columns.snapshot }} as double) as value,
        cast(day_before.{{ rolling.columns.snapshot }} as double) as value_24h_ago,
        pairs.day_before_at as value_24h_ago_at,
        cast(null as double) as high_24h,
        cast(null as double) as low_24h,
        cast(null as double) as sum_24h,
        today.source,
    from snapshot_pairs as pairs
    inner join market_cap_snapshots as today
        on pairs.scope = today.scope and pairs.snapshot_at = today.snapshot_at
    left join market_cap_snapshots as day_before
        on pairs.scope = day_before.scope and pairs.day_before_at = day_before.snapshot_at
    where today.{{ rolling.columns.snapshot }} is not null
    {%- endfor %}

),

figures as (

    select * from hourly_figures
    union all
    select * from snapshot_figures

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
-- Years first: what reads the newest days passes over the rows of earlier years.
order by year(figures.as_of_at), figures.metric, figures.asset, figures.scope, figures.as_of_at
