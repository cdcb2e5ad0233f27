{{ newest_version(ref("stg_bitget__liquidations_versions"), ["event_key"]) }}
