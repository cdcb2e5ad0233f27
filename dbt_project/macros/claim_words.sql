{#- Words for the parts of a metric key and for figures. Everything that a reader sees of a figure is built from these,
    so that the brief and the claims speak alike. -#}

{% macro statistic_words(column) -%}
    case {{ column }}
        when 'high' then 'intraday high'
        when 'low' then 'intraday low'
        when 'end' then 'level at the end'
        else {{ column }}
    end
{%- endmacro %}

{% macro window_words(column) -%}
    case {{ column }}
        when 'utc_day' then 'UTC day'
        when 'nyse_session' then 'NYSE session'
        when 'rolling_24h' then 'rolling 24 hours'
        else {{ column }}
    end
{%- endmacro %}

{#- '31 January 2025'. -#}
{% macro date_words(column) -%}
    strftime({{ column }}, '%-d %B %Y')
{%- endmacro %}

{#- A figure in its unit: 104,145.76 USD; 40.81 billion USD; +3.33 %; a share has no sign: 63.5 %. -#}
{% macro figure_words(value, unit, statistic="''") -%}
    case
        when {{ unit }} = 'usd' then {{ usd_words(value) }} || ' USD'
        when {{ unit }} = 'ratio' and {{ statistic }} = 'change' then format('{:+.2f} %', 100 * {{ value }})
        when {{ unit }} = 'ratio' then format('{:.1f} %', 100 * {{ value }})
        else format('{} {}', {{ value }}, {{ unit }})
    end
{%- endmacro %}

{#- An amount of money with as many digits as a reader can use: 57.8 million, 1.175 trillion, 103,261.60. -#}
{% macro usd_words(value) -%}
    case
        when abs({{ value }}) >= 1e12 then format('{:,.3f} trillion', cast({{ value }} as double) / 1e12)
        when abs({{ value }}) >= 1e9 then format('{:,.2f} billion', cast({{ value }} as double) / 1e9)
        when abs({{ value }}) >= 1e6 then format('{:,.1f} million', cast({{ value }} as double) / 1e6)
        else format('{:,.2f}', cast({{ value }} as double))
    end
{%- endmacro %}

{#- A text as an SQL literal: claims are written by users, and the SQL that explains them must stay what it is. -#}
{% macro quoted(column) -%}
    '''' || replace({{ column }}, '''', '''''') || ''''
{%- endmacro %}
