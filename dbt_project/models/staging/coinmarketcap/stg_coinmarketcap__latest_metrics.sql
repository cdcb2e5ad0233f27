{{ newest_version(ref("stg_coinmarketcap__latest_metrics_versions"), ["snapshot_at"]) }}
