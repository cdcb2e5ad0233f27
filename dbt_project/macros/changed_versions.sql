{#- Of a relation with one row per key and observed_at, the rows that change something: the first of each key, and
    those in which any of `columns` differs from the version before. A cast may map two raw versions to one. -#}
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
