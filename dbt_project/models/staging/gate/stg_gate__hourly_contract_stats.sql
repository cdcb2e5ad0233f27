{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "stg_gate__hourly_contract_stats_versions": "trade_date",
        },
    }
}) }}
{{ newest_version(ref("stg_gate__hourly_contract_stats_versions"), ["contract", "opened_at"]) }}
