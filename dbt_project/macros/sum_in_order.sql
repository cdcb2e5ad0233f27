{#- The sum of doubles in the order of `key`: the same rows have the same sum to its last digit. The values are
    collected first, because `sum(… order by …)` holds a buffer of some 10 kB for each group of more than 16 rows. -#}
{% macro sum_in_order(value, key) -%}
    list_sum(list_transform(
        list_sort(list({ 'key': {{ key }}, 'value': {{ value }} })), lambda part: part['value']
    ))
{%- endmacro %}
