{#- Unix time in milliseconds → naive UTC timestamp. Binance's archive writes microseconds since 2025 where its API
    writes milliseconds: a number above 1e14 can't be milliseconds of this millennium. -#}
{% macro from_epoch_ms(column) -%}
    make_timestamp(case when {{ column }} > 100000000000000 then {{ column }} else {{ column }} * 1000 end)
{%- endmacro %}

{#- Unix time in seconds → naive UTC timestamp. -#}
{% macro from_epoch_s(column) -%}
    make_timestamp({{ column }} * 1000000)
{%- endmacro %}
