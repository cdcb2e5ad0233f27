{% macro is_settled(subject, source_column, window_end) -%}
    {{ run_now() }} >= {{ settles_at(subject, source_column, window_end) }}
{%- endmacro %}


{% macro settles_at(subject, source_column, window_end) -%}
    {{ window_end }} + to_hours((
        select settling.hours_after_window_end
        from {{ ref("settling_times") }} as settling
        where settling.subject = '{{ subject }}' and settling.source = {{ source_column }}
    ))
{%- endmacro %}
