{% macro sums_as_known(versions, key, part, columns) -%}
    with changes as (

        select
            {{ key | join(", ") }},
            observed_at,
            {%- for column in columns %}
            {{ column }} - coalesce(lag({{ column }}) over part_history, 0) as {{ column }}_change,
            {%- endfor %}
            if(row_number() over part_history = 1, 1, 0) as part_change,
        from {{ versions }}
        window part_history as (partition by {{ key | join(", ") }}, {{ part }} order by observed_at)

    ),

    changes_by_instant as (

        select
            {{ key | join(", ") }},
            observed_at,
            {%- for column in columns %}
            sum({{ column }}_change) as {{ column }}_change,
            {%- endfor %}
            sum(part_change) as part_change,
        from changes
        group by all

    ),

    so_far as (

        select
            {{ key | join(", ") }},
            observed_at,
            {%- for column in columns %}
            sum({{ column }}_change) over known as {{ column }},
            {%- endfor %}
            sum(part_change) over known as part_count,
            lead(observed_at) over known as next_observed_at,
        from changes_by_instant
        window known as (partition by {{ key | join(", ") }} order by observed_at)

    )

    select * exclude (next_observed_at)
    from so_far
    where next_observed_at is null or next_observed_at > observed_at + interval 30 minute
{%- endmacro %}
