{#- A number of the seed `thresholds`, as a scalar subquery: the number and its reason live in the seed alone. -#}
{% macro threshold(name) -%}
    (select value from {{ ref("thresholds") }} where threshold = '{{ name }}')
{%- endmacro %}

{#- A provider's ticker without its venue-specific suffix, as venues are called here: 'Gate.io' → 'gate'. -#}
{% macro venue_of(column) -%}
    regexp_replace(lower(trim({{ column }})), '\.io$', '')
{%- endmacro %}
