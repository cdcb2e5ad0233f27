{{ newest_version(ref("stg_theblock__etf_flows_versions"), ["asset", "fund_ticker", "trade_date"]) }}
