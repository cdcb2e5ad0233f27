-- From when to when a series has figures.
select
    metric,
    asset,
    scope,
    time_window,
    statistic,
    min(first_date) as first_date,
    max(last_date) as last_date,
from {{ ref("int_series_months") }}
group by all
