{#- Of every key the version observed last. Raw tables are append-only and hold one row per version; everything that
    is not about history reads this. `response_id` only makes the order total. -#}
{% macro newest_version(versions, key) -%}
    select *
    from {{ versions }}
    qualify row_number() over (
        partition by {{ key | join(", ") }}
        order by observed_at desc, response_id desc
    ) = 1
{%- endmacro %}
