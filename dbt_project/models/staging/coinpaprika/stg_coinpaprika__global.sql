{{ newest_version(ref("stg_coinpaprika__global_versions"), ["snapshot_at"]) }}
