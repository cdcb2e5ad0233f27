{{ newest_version(ref("stg_dydx__liquidations_versions"), ["event_key"]) }}
