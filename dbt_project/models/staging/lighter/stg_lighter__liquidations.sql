{{ newest_version(ref("stg_lighter__liquidations_versions"), ["event_key"]) }}
