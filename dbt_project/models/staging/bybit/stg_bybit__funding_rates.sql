{{ newest_version(ref("stg_bybit__funding_rates_versions"), ["symbol", "settled_at"]) }}
