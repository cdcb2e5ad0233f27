{{ newest_version(ref("stg_kraken__quote_rates_versions"), ["quote_asset", "trade_date"]) }}
