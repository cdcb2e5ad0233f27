{#- A day before all days. A build by change puts the day in its place from which on a model is made again, see
    `orchestration/build/changed_days.py`. -#}
{% macro first_changed_day() -%}
    date '0001-01-01'
{%- endmacro %}
