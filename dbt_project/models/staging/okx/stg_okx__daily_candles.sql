{{ newest_version(ref("stg_okx__daily_candles_versions"), ["symbol", "opened_at"]) }}
