{{ newest_version(ref("stg_bybit__open_interest_versions"), ["symbol", "stamped_at"]) }}
