{{ newest_version(ref("stg_binance__archived_funding_rates_versions"), ["symbol", "settled_at"]) }}
