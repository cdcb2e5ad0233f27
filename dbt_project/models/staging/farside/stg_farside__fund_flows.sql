{{ newest_version(ref("stg_farside__fund_flows_versions"), ["asset", "fund_ticker", "trade_date", "is_seed"]) }}
