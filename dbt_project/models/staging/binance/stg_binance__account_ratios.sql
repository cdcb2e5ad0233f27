{{ newest_version(ref("stg_binance__account_ratios_versions"), ["symbol", "stamped_at"]) }}
