{{ newest_version(ref("stg_coinmarketcap__global_metrics_versions"), ["snapshot_at"]) }}
