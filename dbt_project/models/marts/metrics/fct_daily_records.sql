{{ records(ref("fct_daily_metrics"), ["metric", "asset", "scope", "time_window", "statistic"]) }}
