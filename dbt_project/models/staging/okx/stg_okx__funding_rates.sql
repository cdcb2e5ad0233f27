{{ newest_version(ref("stg_okx__funding_rates_versions"), ["symbol", "settled_at"]) }}
