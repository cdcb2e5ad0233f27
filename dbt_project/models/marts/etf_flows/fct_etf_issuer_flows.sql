select * from (
{{ etf_issuer_flows(
    flows=ref("fct_daily_etf_flows"),
    funds=ref("dim_etf_funds"),
) }}
)
order by asset, issuer, trade_date
