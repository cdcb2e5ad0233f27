{{ newest_version(ref("stg_bybit__liquidations_versions"), ["event_key"]) }}
