{{ newest_version(ref("stg_coinmetrics__asset_metrics_versions"), ["asset", "trade_date"]) }}
