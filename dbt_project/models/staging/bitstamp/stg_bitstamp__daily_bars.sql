{{ newest_version(ref("stg_bitstamp__daily_bars_versions"), ["symbol", "opened_at"]) }}
