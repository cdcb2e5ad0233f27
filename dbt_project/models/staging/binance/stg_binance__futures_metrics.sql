{{ newest_version(ref("stg_binance__futures_metrics_versions"), ["symbol", "stamped_at"]) }}
