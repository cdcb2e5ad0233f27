{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "inputs": {
            "binance.klines_1h": "cast(make_timestamp(open_time * 1000) as date)",
            "binance_archive.klines_1h": "cast(make_timestamp(open_time * 1000) as date)",
        },
    }
}) }}
{{ binance_klines(source("binance", "klines_1h"), source("binance_archive", "klines_1h"), "1 hour") }}
