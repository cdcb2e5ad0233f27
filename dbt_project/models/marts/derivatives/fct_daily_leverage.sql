select * from (
{{ daily_leverage(
    liquidations=ref("fct_daily_liquidations"),
    derivatives=ref("fct_daily_derivatives"),
    events=ref("fct_liquidation_events"),
    breaks=ref("dim_structural_breaks"),
    history_days=threshold("leverage_history_days"),
    large_quantile=0.95,
    squeeze_share=threshold("squeeze_share"),
    leaning_share=threshold("leverage_leaning_share"),
) }}
)
order by asset, scope, trade_date
