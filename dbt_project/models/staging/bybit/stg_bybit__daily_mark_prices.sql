{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "stg_bybit__daily_mark_prices_versions": "trade_date",
        },
    }
}) }}
{{ newest_version(ref("stg_bybit__daily_mark_prices_versions"), ["symbol", "opened_at"]) }}
