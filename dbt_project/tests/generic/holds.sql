{#- Passes when `condition` is true in every row; a null condition fails, so say `x is null or …` where null is allowed. -#}
{% test holds(model, condition) %}
select *
from {{ model }}
where ({{ condition }}) is distinct from true
{% endtest %}
