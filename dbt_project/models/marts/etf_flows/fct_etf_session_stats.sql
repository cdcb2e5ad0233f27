select * from (
{{ etf_session_stats(
    totals=ref("fct_daily_etf_totals"),
    prices=ref("fct_daily_prices"),
    dates=ref("dim_dates"),
) }}
)
order by asset, trade_date
