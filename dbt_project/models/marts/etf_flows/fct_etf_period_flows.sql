select * from (
{{ etf_period_flows(
    totals=ref("fct_daily_etf_totals"),
    flows=ref("fct_daily_etf_flows"),
    dates=ref("dim_dates"),
) }}
)
order by asset, scope, period, period_start_date
