select * from (
{{ daily_etf_flows(
    ref("fct_etf_flow_versions"),
    dates=ref("dim_dates"),
    funds=ref("dim_etf_funds"),
    never_reported_after=threshold("etf_never_reported_after"),
    is_settled=is_settled("etf_flows", "running.source", "running.closes_at"),
) }}
)
order by asset, fund_ticker, trade_date
