{{ newest_version(ref("stg_bybit__account_ratios_versions"), ["symbol", "stamped_at"]) }}
