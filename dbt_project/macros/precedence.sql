{% macro precedence(subject, source_column) -%}
    coalesce(
        (
            select ranked.precedence
            from {{ ref("source_precedence") }} as ranked
            where ranked.subject = '{{ subject }}' and ranked.source = {{ source_column }}
        ),
        1000
    )
{%- endmacro %}
