{#- A fund that changed its ticker is one fund: what a provider printed under the former ticker belongs to the present
    one. Both columns carry their table's name. -#}
{% macro present_ticker(asset_column, ticker_column) -%}
    coalesce(
        (
            select min(terms.fund_ticker)
            from {{ ref("etf_fund_terms") }} as terms
            where terms.asset = {{ asset_column }} and terms.traded_ticker = {{ ticker_column }}
        ),
        {{ ticker_column }}
    )
{%- endmacro %}
