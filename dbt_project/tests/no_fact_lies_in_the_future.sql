-- Only closed windows are facts: a day that has not ended at the run's instant has none.
{% for fact in [
    "fct_daily_venue_prices", "fct_daily_prices", "fct_daily_etf_flows", "fct_daily_etf_totals",
    "fct_daily_liquidations", "fct_daily_derivatives", "fct_daily_market_caps", "fct_daily_market",
    "fct_daily_reference_prices", "fct_daily_asset_market_caps", "fct_daily_quote_rates", "fct_market_cap_snapshots",
    "fct_daily_stablecoins",
    "fct_daily_exchange_flows",
    "fct_daily_sentiment",
    "fct_daily_implied_volatility",
    "fct_weekly_futures_positioning",
    "fct_daily_perpetual_prices",
    "fct_all_time_highs",
    "fct_daily_dominance",
    "fct_daily_open_interest_ranges",
    "fct_daily_funding_ranges",
    "fct_daily_market_liquidations",
] %}
select
    '{{ fact }}' as fact,
    trade_date,
from {{ ref(fact) }}
{#- A NYSE session closes before its UTC day does. #}
where trade_date > cast({{ run_now() }} as date){{ " - 1" if "etf" not in fact }}
{{ "union all" if not loop.last }}
{% endfor %}
