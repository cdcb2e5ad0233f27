{% macro mid_rank(value, earlier) -%}
(
            len(list_filter({{ earlier }}, lambda earlier: earlier < {{ value }}))
            + 0.5 * len(list_filter({{ earlier }}, lambda earlier: earlier = {{ value }}))
        ) / nullif(len({{ earlier }}), 0)
{%- endmacro %}
