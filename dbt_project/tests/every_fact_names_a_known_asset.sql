{% for fact in [
    "fct_daily_venue_prices", "fct_hourly_prices", "fct_daily_etf_totals", "fct_daily_liquidations",
    "fct_daily_derivatives", "fct_daily_reference_prices", "fct_daily_asset_market_caps",
] %}
select distinct
    '{{ fact }}' as fact,
    asset,
from {{ ref(fact) }}
anti join {{ ref("dim_assets") }} using (asset)
{{ "union all" if not loop.last }}
{% endfor %}
