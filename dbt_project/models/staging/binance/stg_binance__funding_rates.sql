{{ newest_version(ref("stg_binance__funding_rates_versions"), ["symbol", "settled_at"]) }}
