select * from (
    {{ records(ref("fct_daily_metrics"), ["metric", "asset", "scope", "time_window", "statistic"]) }}
)
order by metric, asset, scope, time_window, statistic, trade_date
