with compared as (

    {{ records(ref("fct_daily_metrics"), ["metric", "asset", "scope", "time_window", "statistic"]) | indent(4) }}

),

breaks as (

    select distinct
        metric,
        scope,
        break_date,
    from {{ ref("dim_structural_breaks") }}

)

select
    compared.*,
    -- A break on the earlier day itself is not crossed: that day is already reported in the new way.
    coalesce(
        breaks.break_date > coalesce(compared.highest_since_date, compared.history_start_date), false
    ) as is_high_across_break,
    coalesce(
        breaks.break_date > coalesce(compared.lowest_since_date, compared.history_start_date), false
    ) as is_low_across_break,
from compared
asof left join breaks
    on compared.metric = breaks.metric and compared.scope = breaks.scope and compared.trade_date >= breaks.break_date
order by metric, asset, scope, time_window, statistic, trade_date
