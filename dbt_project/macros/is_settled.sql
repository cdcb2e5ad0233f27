{#- Whether the provider's settling time after `window_end` has passed at the run's instant. Null (and so a broken
    contract) for a source without a row in the seed `settling_times`: finality is never assumed.
    `source_column` carries its table's name: a bare `source` would mean the seed's own column. -#}
{% macro is_settled(subject, source_column, window_end) -%}
    {{ run_now() }} >= {{ settles_at(subject, source_column, window_end) }}
{%- endmacro %}

{#- The instant at which a figure of the source is settled. -#}
{% macro settles_at(subject, source_column, window_end) -%}
    {{ window_end }} + to_hours((
        select settling.hours_after_window_end
        from {{ ref("settling_times") }} as settling
        where settling.subject = '{{ subject }}' and settling.source = {{ source_column }}
    ))
{%- endmacro %}
