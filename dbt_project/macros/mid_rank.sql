{#- Where `value` stands among the values of a list, 0 to 1: the part that is lower, with half of those that are equal;
    null where either is missing. -#}
{% macro mid_rank(value, earlier) -%}
(
            len(list_filter({{ earlier }}, lambda earlier: earlier < {{ value }}))
            + 0.5 * len(list_filter({{ earlier }}, lambda earlier: earlier = {{ value }}))
        ) / nullif(len({{ earlier }}), 0)
{%- endmacro %}
