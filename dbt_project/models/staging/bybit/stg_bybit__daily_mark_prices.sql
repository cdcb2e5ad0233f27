{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "stg_bybit__daily_mark_prices_versions": "trade_date",
        },
    }
}) }}
-- The day decides nothing, but as a key it lets DuckDB apply a condition on days before it compares versions.
{{ newest_version(ref("stg_bybit__daily_mark_prices_versions"), ["symbol", "trade_date", "opened_at"]) }}
