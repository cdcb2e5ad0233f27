{#- The metrics of `daily_figures` that have rolling 24 hours, as a list: the `relation` of `fct_rolling_24h` that has
    their hours or snapshots, the `metric`, its `columns` there by statistic, and the `change_metric` of its change over
    24 hours (none where there is no such metric). -#}
{% macro rolling_metrics() -%}
    {%- set found = [] -%}
    {%- for group in var("daily_figures") if group.rolling -%}
        {%- set columns_of = {} -%}
        {%- for metric, statistic, column in group.figures -%}
            {%- do columns_of.setdefault(metric, {}).update({statistic: column}) -%}
        {%- endfor -%}
        {%- for metric, columns in columns_of.items() -%}
            {%- do found.append({
                "relation": group.rolling,
                "metric": metric,
                "columns": columns,
                "change_metric": group.get("rolling_changes", {}).get(metric),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
