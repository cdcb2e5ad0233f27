{{ newest_version(ref("stg_defillama__etf_flows_versions"), ["gecko_id", "trade_date"]) }}
