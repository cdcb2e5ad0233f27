{#- `fct_daily_records` over a relation of the shape of `fct_daily_metrics`: the mart and its as-of macro are one
    definition. Beside each record stands whether the comparison crosses a structural break of its scope. -#}
{% macro records_and_breaks(figures, breaks) -%}
with told as (

    {{ records(figures, ["metric", "asset", "scope", "time_window", "statistic"]) | indent(4) }}

),

breaks as (

    select distinct
        metric,
        scope,
        break_date,
    from {{ breaks }}

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
{%- endmacro %}
