select * from (
{{ daily_etf_totals(
    ref("fct_etf_total_versions"),
    dates=ref("dim_dates"),
    funds=ref("dim_etf_funds"),
    is_settled=is_settled("etf_flows", "coalesce(running.source, 'farside')", "running.closes_at"),
) }}
)
order by asset, trade_date
