{{ newest_version(ref("stg_gate__hourly_contract_stats_versions"), ["contract", "opened_at"]) }}
