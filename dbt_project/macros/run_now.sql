{#- The run's instant as a timestamp literal in UTC: `--vars '{now: "2025-05-12 06:00:00"}'`, else the start of the run.
    Models never read the wall clock, so that the same raw rows and the same `now` give the same marts. -#}
{% macro run_now() -%}
    {%- set now = var("now", none) or run_started_at.strftime("%Y-%m-%d %H:%M:%S") -%}
    cast('{{ now }}' as timestamp)
{%- endmacro %}
