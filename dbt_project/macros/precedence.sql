{#- How preferred `source_column` is for a subject, from the seed `source_precedence`: 1 is best. A source that the
    seed does not know comes last, so that a new one never displaces a chosen one by accident.
    `source_column` carries its table's name: a bare `source` would mean the seed's own column. -#}
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
