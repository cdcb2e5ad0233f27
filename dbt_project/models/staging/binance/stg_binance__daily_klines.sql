{{ newest_version(ref("stg_binance__daily_klines_versions"), ["symbol", "opened_at"]) }}
