{{ newest_version(ref("stg_binance__hourly_klines_versions"), ["symbol", "opened_at"]) }}
