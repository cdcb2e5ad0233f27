{#- Passes when `condition` is true in every row. A null condition fails: say `x is null or …` where a null may be. -#}
{% test holds(model, condition) %}
select *
from {{ model }}
where ({{ condition }}) is distinct from true
{% endtest %}
