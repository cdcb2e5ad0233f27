{#- The exact product of a quantity, a price and what else is multiplied; null where it is beyond all dollars, and where
    a decimal could not hold it: then one of them is in another unit. -#}
{% macro product_in_dollars() %}
case
    when {% for factor in varargs %}cast({{ factor }} as double){{ " * " if not loop.last }}{% endfor %} < 1e15
        then {{ varargs | join(" * ") }}
end
{%- endmacro %}
