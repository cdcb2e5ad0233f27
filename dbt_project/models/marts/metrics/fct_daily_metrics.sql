select * from (
{{ daily_metrics(
    prices=ref("fct_daily_venue_prices"),
    etf_totals=ref("fct_daily_etf_totals"),
    etf_flows=ref("fct_daily_etf_flows"),
    liquidations=ref("fct_daily_liquidations"),
    derivatives=ref("fct_daily_derivatives"),
    market_caps=ref("fct_daily_market_caps"),
    metrics=ref("dim_metrics"),
) }}
)
order by metric, asset, scope, time_window, statistic, trade_date
