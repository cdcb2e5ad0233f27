{#- The exact product of two figures; null where it is so large that one of them must be in another unit, and that a
    decimal could not hold it. -#}
{% macro bounded_product(first, second) -%}
case when cast({{ first }} as double) * cast({{ second }} as double) < 1e15 then {{ first }} * {{ second }} end
{%- endmacro %}
