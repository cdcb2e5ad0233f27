{{ newest_version(ref("stg_sosovalue__summary_history_versions"), ["asset", "trade_date"]) }}
