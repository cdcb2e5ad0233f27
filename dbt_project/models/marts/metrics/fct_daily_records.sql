select * from (
    {{ records_and_breaks(ref("fct_daily_metrics"), ref("dim_structural_breaks")) }}
)
order by metric, asset, scope, time_window, statistic, trade_date
