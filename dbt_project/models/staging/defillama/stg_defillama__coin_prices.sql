{{ newest_version(ref("stg_defillama__coin_prices_versions"), ["asset", "as_of_at"]) }}
