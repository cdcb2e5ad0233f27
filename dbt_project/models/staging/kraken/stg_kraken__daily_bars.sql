{{ newest_version(ref("stg_kraken__daily_bars_versions"), ["symbol", "opened_at"]) }}
