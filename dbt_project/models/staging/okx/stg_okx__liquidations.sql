{{ newest_version(ref("stg_okx__liquidations_versions"), ["event_key"]) }}
