{#- Of every key the newest version, with its history: when the key was first seen, when its present content
    was, and how often it was restated in between. `versions` holds a row per change only (see `changed_versions`). -#}
{% macro newest_with_history(versions, key) -%}
    select
        *,
        min(observed_at) over whole_history as first_observed_at,
        cast(count(*) over whole_history - 1 as integer) as revision_count,
    from {{ versions }}
    window whole_history as (partition by {{ key | join(", ") }})
    qualify row_number() over (partition by {{ key | join(", ") }} order by observed_at desc) = 1
{%- endmacro %}
