{{ newest_version(ref("stg_coinbase__daily_candles_versions"), ["symbol", "opened_at"]) }}
