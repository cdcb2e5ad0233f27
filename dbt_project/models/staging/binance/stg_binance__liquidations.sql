{{ newest_version(ref("stg_binance__liquidations_versions"), ["event_key"]) }}
