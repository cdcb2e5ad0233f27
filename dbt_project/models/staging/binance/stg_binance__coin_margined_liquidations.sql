{{ newest_version(ref("stg_binance__coin_margined_liquidations_versions"), ["event_key"]) }}
