{#- A fund that changed its ticker is one fund: what a provider printed under the former ticker belongs to the present
    one. Both columns carry their table's name. -#}
{% macro present_ticker(asset_column, ticker_column) -%}
    coalesce(
        (
            select funds.fund_ticker
            from {{ ref("etf_funds") }} as funds
            where funds.asset = {{ asset_column }} and funds.former_ticker = {{ ticker_column }}
        ),
        {{ ticker_column }}
    )
{%- endmacro %}
