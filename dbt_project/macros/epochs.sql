{#- Unix time → naive UTC timestamp, or the one `seconds_later`: a number is added in a quarter of the time of an
    interval, which counts where all hours of years are read.
    In milliseconds. Binance's archive writes microseconds since 2025 where its API writes milliseconds: a number above
    1e14 can't be milliseconds of this millennium. -#}
{% macro from_epoch_ms(column, seconds_later=0) -%}
    make_timestamp(case when {{ column }} > 100000000000000 then {{ column }} else {{ column }} * 1000 end
        {{- " + " ~ seconds_later * 1000000 if seconds_later }})
{%- endmacro %}

{#- In seconds. -#}
{% macro from_epoch_s(column, seconds_later=0) -%}
    make_timestamp({{ "(" ~ column ~ " + " ~ seconds_later ~ ")" if seconds_later else column }} * 1000000)
{%- endmacro %}

{#- The reverse: a day → Unix time of its beginning, in seconds or milliseconds. A condition on the stored number has
    DuckDB read the other columns of rows that meet it alone. -#}
{% macro epoch_s(day) -%}
    ({{ day }} - date '1970-01-01') * 86400
{%- endmacro %}

{% macro epoch_ms(day) -%}
    ({{ day }} - date '1970-01-01') * 86400000
{%- endmacro %}
