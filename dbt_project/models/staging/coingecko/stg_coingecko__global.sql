{{ newest_version(ref("stg_coingecko__global_versions"), ["snapshot_at"]) }}
