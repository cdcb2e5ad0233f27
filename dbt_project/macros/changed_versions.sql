{% macro changed_versions(relation, key, columns) -%}
    select *
    from {{ relation }}
    window version_order as (partition by {{ key | join(", ") }} order by observed_at)
    qualify
        row_number() over version_order = 1
        {%- for column in columns %}
        or {{ column }} is distinct from lag({{ column }}) over version_order
        {%- endfor %}
{%- endmacro %}
