{{ newest_version(ref("stg_sosovalue__fund_history_versions"), ["asset", "fund_ticker", "trade_date"]) }}
