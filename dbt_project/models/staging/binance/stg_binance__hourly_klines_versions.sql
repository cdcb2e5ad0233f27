{{ config(materialized="table", meta={
    "volume": true,
    "by_change": {
        "day": "trade_date",
        "same_day": ["opened_at"],
        "inputs": {
            "binance.klines_1h": "cast(" ~ from_epoch_ms("open_time") ~ " as date)",
            "binance_archive.klines_1h": "cast(" ~ from_epoch_ms("open_time") ~ " as date)",
        },
    }
}) }}
{#- Microseconds are above every number of milliseconds. -#}
{%- set hours = "(select * from %s where open_time >= " ~ epoch_ms(first_changed_day()) ~ ")" %}
{{ binance_klines(hours % source("binance", "klines_1h"), hours % source("binance_archive", "klines_1h"), 3600) }}
