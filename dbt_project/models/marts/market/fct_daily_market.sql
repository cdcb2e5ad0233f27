select * from (
{{ daily_market(
    prices=ref("fct_daily_prices"),
    etf_totals=ref("fct_daily_etf_totals"),
    liquidations=ref("fct_daily_liquidations"),
    derivatives=ref("fct_daily_derivatives"),
    market_caps=ref("fct_daily_market_caps"),
    market_events=ref("dim_market_events"),
    assets=ref("dim_assets"),
    dates=ref("dim_dates"),
) }}
)
order by asset, trade_date
