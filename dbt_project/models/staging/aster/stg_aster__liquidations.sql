{{ newest_version(ref("stg_aster__liquidations_versions"), ["event_key"]) }}
