{% macro threshold(name) -%}
    (select value from {{ ref("thresholds") }} where threshold = '{{ name }}')
{%- endmacro %}


{% macro venue_of(column) -%}
    regexp_replace(lower(trim({{ column }})), '\.io$', '')
{%- endmacro %}
