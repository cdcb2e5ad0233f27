{% macro run_now() -%}
    {%- set now = var("now", none) or run_started_at.strftime("%Y-%m-%d %H:%M:%S") -%}
    cast('{{ now }}' as timestamp)
{%- endmacro %}
