{{ newest_version(ref("stg_coinmarketcap__web_metrics_versions"), ["snapshot_at"]) }}
