{{ newest_version(ref("stg_bybit__daily_mark_prices_versions"), ["symbol", "opened_at"]) }}
