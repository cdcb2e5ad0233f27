{#- Passes when no two rows share the values of all `columns`, and none of these is null in any row: one test for what
    a key is. -#}
{% test unique_key(model, columns) %}
select
    {{ columns | join(", ") }},
    count(*) as row_count,
from {{ model }}
group by all
having count(*) > 1 or {% for column in columns %}{{ column }} is null{{ " or " if not loop.last }}{% endfor %}
{% endtest %}
