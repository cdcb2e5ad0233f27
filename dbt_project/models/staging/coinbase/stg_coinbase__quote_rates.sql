{{ newest_version(ref("stg_coinbase__quote_rates_versions"), ["quote_asset", "trade_date"]) }}
