with metrics as (

    select * from {{ ref("metrics") }}

)

select
    metric,
    family,
    title,
    unit,
    definition,
    sign,
    default_asset,
    default_scope,
    default_time_window,
    default_statistic,
    scopes,
    time_windows,
    statistics,
    is_lower_bound,
    source_order,
    missing_means,
    example_sql,
from metrics
order by metric
