{{ newest_version(ref("stg_okx__instruments_versions"), ["instrument"]) }}
