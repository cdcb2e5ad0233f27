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
        -- Only long accounts per short one are a ratio at an end: no part of one.
        when {{ unit }} = 'ratio' and {{ statistic }} = 'end' then format('{:.2f}', {{ value }})
        when {{ unit }} = 'ratio' then format('{:.1f} %', 100 * {{ value }})
        else format('{} {}', {{ value }}, {{ unit }})
    end
{%- endmacro %}

{#- An amount of money with as many digits as a reader can use: 57.78 million, 1.175 trillion, 103,261.60. -#}
{% macro usd_words(value) -%}
    case
        when abs({{ value }}) >= 1e12 then format('{:,.3f} trillion', cast({{ value }} as double) / 1e12)
        when abs({{ value }}) >= 1e9 then format('{:,.2f} billion', cast({{ value }} as double) / 1e9)
        when abs({{ value }}) >= 1e8 then format('{:,.1f} million', cast({{ value }} as double) / 1e6)
        when abs({{ value }}) >= 1e6 then format('{:,.2f} million', cast({{ value }} as double) / 1e6)
        else format('{:,.2f}', cast({{ value }} as double))
    end
{%- endmacro %}

{#- A text as an SQL literal: claims are written by users, and the SQL that explains them must stay what it is. -#}
{% macro quoted(column) -%}
    '''' || replace({{ column }}, '''', '''''') || ''''
{%- endmacro %}

{#- A price, of Bitcoin (103,261.60) or of a coin worth less than a cent (0.000012346). -#}
{% macro price_words(value) -%}
    case
        when {{ value }} >= 10 then format('{:,.2f}', cast({{ value }} as double))
        when {{ value }} >= 1 then format('{:.4f}', cast({{ value }} as double))
        else format('{:.5g}', cast({{ value }} as double))
    end
{%- endmacro %}

{#- A signed part of one as percent: +6.42 %. -#}
{% macro change_words(ratio) -%}
    format('{:+.2f} %', 100 * {{ ratio }})
{%- endmacro %}

{#- 'the highest since 31 January 2025', of a row of `fct_daily_records` and a direction (`highest` or `lowest`). A
    record says of which history it is one; null where there is no row. -#}
{% macro record_words(superlative, record, direction) -%}
    case
        when {{ record }}.earlier_days_count = 0 then 'the first of the history'
        else '{{ superlative }}' || coalesce(
            ' since ' || {{ date_words(record ~ "." ~ direction ~ "_since_date") }},
            ' of a history that begins on ' || {{ date_words(record ~ ".history_start_date") }}
        )
    end
{%- endmacro %}

{#- A query on the published file that shows the daily figures of one key with their records. -#}
{% macro daily_figure_sql(metric, asset, scope, time_window, statistic, first_date, last_date) -%}
    'select * from marts.fct_daily_metrics'
    || ' join marts.fct_daily_records'
    || ' using (metric, asset, scope, time_window, statistic, trade_date, value)'
    || ' where metric = ' || {{ quoted(metric) }} || ' and asset = ' || {{ quoted(asset) }}
    || ' and scope = ' || {{ quoted(scope) }} || ' and time_window = ' || {{ quoted(time_window) }}
    || ' and statistic = ' || {{ quoted(statistic) }}
    || ' and trade_date between date ' || {{ quoted("cast(" ~ first_date ~ " as varchar)") }}
    || ' and date ' || {{ quoted("cast(" ~ last_date ~ " as varchar)") }} || ' order by trade_date'
{%- endmacro %}

{#- Why a series has no figure on a day, from the first and last day that it has (both null: it has none at all). -#}
{% macro missing_words(coverage, date) -%}
    case
        when {{ coverage }}.first_date is null then 'no configured source gives it'
        when {{ date }} < {{ coverage }}.first_date
            then 'the series begins on ' || {{ date_words(coverage ~ ".first_date") }}
        when {{ date }} > {{ coverage }}.last_date
            then 'the series ends on ' || {{ date_words(coverage ~ ".last_date") }}
        else 'no source has a figure for the day'
    end
{%- endmacro %}

{#- A text that begins a sentence: its first letter is a capital. -#}
{% macro capitalised(text) -%}
    upper(left({{ text }}, 1)) || substr({{ text }}, 2)
{%- endmacro %}

{#- The title of a venue, scope or source: 'Binance', 'all venues of Coinalyze'. A name without one stays as it is. -#}
{% macro title_words(column) -%}
    coalesce(
        (select titles.title from {{ ref("titles") }} as titles where titles.name = {{ column }}), {{ column }}
    )
{%- endmacro %}

{#- The part of a key that makes one metric several figures: 'close of the UTC day, Binance'. -#}
{% macro titled_words(statistic, time_window, scope) -%}
    {{ statistic_words(statistic) }} || ' of the ' || {{ window_words(time_window) }} || ', ' || {{ title_words(scope) }}
{%- endmacro %}
