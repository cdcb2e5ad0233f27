{#- A contract of 1000 coins has the price of 1000 coins: figures are those of one coin. `symbols` is the joined seed
    `asset_symbols`; for a contract of one coin the figure stays as it is, in its own type. -#}
{% macro per_unit(price, type) -%}
if(symbols.asset_units > 1, cast({{ price }} / symbols.asset_units as {{ type }}), {{ price }})
{%- endmacro %}

{% macro in_units(quantity, type) -%}
if(symbols.asset_units > 1, cast({{ quantity }} * symbols.asset_units as {{ type }}), {{ quantity }})
{%- endmacro %}
