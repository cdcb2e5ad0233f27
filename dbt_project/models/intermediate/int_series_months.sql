{{ config(materialized="table", meta={
    "by_change": {
        "day": "month",
        "inputs": {
            "fct_daily_metrics": "trade_date",
        },
    }
}) }}
-- The extremes of every month of a series: what depends on all days is read from the months.
select
    metric,
    asset,
    scope,
    time_window,
    statistic,
    cast(date_trunc('month', trade_date) as date) as month,
    max(value) as highest_value,
    min(value) as lowest_value,
    min(trade_date) as first_date,
    max(trade_date) as last_date,
    count(*) as days_count,
    -- Sorted when it is complete: `list(… order by …)` holds some 15 kB for each group until its end.
    list_sort(list({ 'trade_date': trade_date, 'value': value })) as days,
from {{ ref("fct_daily_metrics") }}
where trade_date >= {{ first_changed_day() }}
group by all
