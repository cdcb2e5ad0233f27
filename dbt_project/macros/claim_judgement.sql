{#- Does the measured level agree with what was claimed? Null: undecidable. A claim without a comparator claims no
    level. `tolerance_ratio` is the rounding of the words: 'about 3 %' covers 2.5 to 3.5 with 0.1667. -#}
{% macro level_holds(value, comparator, threshold, tolerance_ratio) -%}
    {%- set slack = tolerance_ratio ~ " * abs(" ~ threshold ~ ")" -%}
    case
        when {{ comparator }} is null then true
        when {{ comparator }} = 'above' then {{ value }} > {{ threshold }} - {{ slack }}
        when {{ comparator }} = 'at_least' then {{ value }} >= {{ threshold }} - {{ slack }}
        when {{ comparator }} = 'about' then abs({{ value }} - {{ threshold }}) <= {{ slack }}
        when {{ comparator }} = 'at_most' then {{ value }} <= {{ threshold }} + {{ slack }}
        when {{ comparator }} = 'below' then {{ value }} < {{ threshold }} + {{ slack }}
    end
{%- endmacro %}

{#- Does "highest since" agree with the history? `measured` is the last earlier day at least as high (or low), null for
    a record; `claimed` is the day in the claim, null where an all-time record is claimed. A record of a history that
    begins after the claim's does proves nothing: null. -#}
{% macro since_holds(claimed, precision, measured, history_start, history_from) -%}
    case
        when {{ history_start }} is null then null
        when {{ measured }} is not null and {{ claimed }} is null then false
        when {{ measured }} is not null
            then {{ since_part(precision, measured) }} = {{ since_part(precision, claimed) }}
        when {{ claimed }} is not null then case when {{ history_start }} <= {{ claimed }} then false end
        when {{ history_start }} <= {{ history_from }} then true
    end
{%- endmacro %}

{#- 'the highest since November' names a month: days are compared at the precision of the words. -#}
{% macro since_part(precision, date) -%}
    date_trunc(case when {{ precision }} in ('month', 'year') then {{ precision }} else 'day' end, {{ date }})
{%- endmacro %}
