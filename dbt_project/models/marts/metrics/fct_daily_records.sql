with told as (

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
    told.*,
    -- A break on the earlier day itself is not crossed: that day is told in the new way already.
    coalesce(
        breaks.break_date > coalesce(told.highest_since_date, told.history_start_date), false
    ) as is_high_across_break,
    coalesce(
        breaks.break_date > coalesce(told.lowest_since_date, told.history_start_date), false
    ) as is_low_across_break,
from told
asof left join breaks
    on told.metric = breaks.metric and told.scope = breaks.scope and told.trade_date >= breaks.break_date
order by metric, asset, scope, time_window, statistic, trade_date
