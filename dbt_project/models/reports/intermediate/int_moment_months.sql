{{ config(materialized="table", meta={
    "by_change": {
        "day": "month",
        "inputs": {
            "int_moment_figures": "cast(as_of_at as date)",
        },
    }
}) }}
-- Which figures of instants there are, by the month: what exists at all is read from here.
select distinct
    metric,
    family,
    asset,
    scope,
    time_window,
    statistic,
    cast(date_trunc('month', as_of_at) as date) as month,
from {{ ref("int_moment_figures") }}
where as_of_at >= {{ first_changed_day() }}
