{% macro newest_version(versions, key) -%}
    select *
    from {{ versions }}
    qualify row_number() over (
        partition by {{ key | join(", ") }}
        order by observed_at desc, response_id desc
    ) = 1
{%- endmacro %}
