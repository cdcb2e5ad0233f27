-- From when to when a series has figures.
select
    metric,
    asset,
    scope,
    time_window,
    statistic,
    min(trade_date) as first_date,
    max(trade_date) as last_date,
from {{ ref("fct_daily_metrics") }}
group by all
