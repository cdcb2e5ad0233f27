{{ newest_version(ref("stg_bitfinex__liquidations_versions"), ["event_key"]) }}
