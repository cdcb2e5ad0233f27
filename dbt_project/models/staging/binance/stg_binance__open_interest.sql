{{ newest_version(ref("stg_binance__open_interest_versions"), ["symbol", "stamped_at"]) }}
