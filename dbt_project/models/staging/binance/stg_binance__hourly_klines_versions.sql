{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["opened_at"],
        "inputs": {
            "binance.klines_1h": "cast(" ~ from_epoch_ms("open_time") ~ " as date)",
            "binance_archive.klines_1h": "cast(" ~ from_epoch_ms("open_time") ~ " as date)",
        },
    }
}) }}
{{ binance_klines(source("binance", "klines_1h"), source("binance_archive", "klines_1h"), 3600) }}
