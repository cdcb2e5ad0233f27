{{ newest_version(ref("stg_sosovalue__inflow_chart_versions"), ["asset", "trade_date"]) }}
