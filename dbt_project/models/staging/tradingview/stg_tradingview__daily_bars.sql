{{ newest_version(ref("stg_tradingview__daily_bars_versions"), ["symbol", "trade_date"]) }}
