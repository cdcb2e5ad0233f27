{{ newest_version(ref("stg_coinglass__etf_flows_versions"), ["asset", "fund_ticker", "trade_date"]) }}
