{% macro newest_with_history(versions, key) -%}
    select
        *,
        min(observed_at) over whole_history as first_observed_at,
        cast(count(*) over whole_history - 1 as integer) as revision_count,
    from {{ versions }}
    window whole_history as (partition by {{ key | join(", ") }})
    qualify row_number() over (partition by {{ key | join(", ") }} order by observed_at desc) = 1
{%- endmacro %}
