-- What `fct_rolling_24h` tells of an instant, in the words of the metrics: the window's own high, low, sum and change,
-- and the level that stood at its end.
{% set liquidations = ["long_liquidations_usd", "short_liquidations_usd", "total_liquidations_usd"] %}

with figures as (
    {% for metric, time_window, statistic, of_metric, column in [
        ("price_usd", "rolling_24h", "high", "price_usd", "high_24h"),
        ("price_usd", "rolling_24h", "low", "price_usd", "low_24h"),
        ("price_usd", "instant", "close", "price_usd", "value"),
        ("price_return_ratio", "rolling_24h", "change", "price_usd", "change_ratio"),
        ("spot_volume_usd", "rolling_24h", "sum", "spot_volume_usd", "sum_24h"),
        ("total_market_cap_usd", "instant", "snapshot", "total_market_cap_usd", "value"),
        ("ex_btc_market_cap_usd", "instant", "snapshot", "ex_btc_market_cap_usd", "value"),
        ("total_market_cap_change_ratio", "rolling_24h", "change", "total_market_cap_usd", "change_ratio"),
        ("ex_btc_market_cap_change_ratio", "rolling_24h", "change", "ex_btc_market_cap_usd", "change_ratio"),
        (liquidations[0], "rolling_24h", "sum", liquidations[0], "sum_24h"),
        (liquidations[1], "rolling_24h", "sum", liquidations[1], "sum_24h"),
        (liquidations[2], "rolling_24h", "sum", liquidations[2], "sum_24h"),
    ] %}
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
        -- An hourly figure is the answer until the next hour has closed, a snapshot for a day.
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
