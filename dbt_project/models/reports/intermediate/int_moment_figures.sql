{{ config(meta={
    "by_change": {
        "day": "cast(as_of_at as date)",
        "inputs": {
            "fct_rolling_24h": "cast(as_of_at as date)",
        },
    }
}) }}
-- What `fct_rolling_24h` has of an instant, by metric and statistic: the window's own high, low, sum and change, and the
-- level at its end.
{%- set moments = [] %}
{%- for rolling in rolling_metrics() %}
    {%- for statistic, time_window, column in [
        ("high", "rolling_24h", "high_24h"),
        ("low", "rolling_24h", "low_24h"),
        ("sum", "rolling_24h", "sum_24h"),
        ("close", "instant", "value"),
        ("snapshot", "instant", "value"),
    ] if statistic in rolling.columns %}
        {%- do moments.append([rolling.metric, time_window, statistic, rolling.metric, column]) %}
    {%- endfor %}
    {%- if rolling.change_metric %}
        {%- do moments.append([rolling.change_metric, "rolling_24h", "change", rolling.metric, "change_ratio"]) %}
    {%- endif %}
{%- endfor %}

with figures as (
    {% for metric, time_window, statistic, of_metric, column in moments %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        '{{ metric }}' as metric,
        '{{ of_metric }}' as table_metric,
        asset,
        scope,
        '{{ time_window }}' as time_window,
        '{{ statistic }}' as statistic,
        as_of_at,
        -- An hourly figure holds until the next hour has closed, a snapshot for a day.
        as_of_at + case when hour_start_at is null then interval 24 hours else interval 1 hour end as valid_until_at,
        {{ column }} as value,
        source,
    from {{ ref("fct_rolling_24h") }}
    where metric = '{{ of_metric }}' and {{ column }} is not null
    {%- endfor %}

)

select
    figures.metric,
    figures.table_metric,
    metrics.family,
    figures.asset,
    figures.scope,
    figures.time_window,
    figures.statistic,
    figures.as_of_at,
    figures.valid_until_at,
    figures.value,
    figures.source,
    metrics.is_lower_bound,
from figures
inner join {{ ref("dim_metrics") }} as metrics
    on figures.metric = metrics.metric
