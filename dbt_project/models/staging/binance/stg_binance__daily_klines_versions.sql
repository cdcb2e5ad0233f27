{{ config(meta={
    "by_change": {
        "day": "trade_date",
        "same_day": ["opened_at"],
        "inputs": {
            "binance.klines_1d": "cast(" ~ from_epoch_ms("open_time") ~ " as date)",
            "binance_archive.klines_1d": "cast(" ~ from_epoch_ms("open_time") ~ " as date)",
        },
    }
}) }}
{{ binance_klines(source("binance", "klines_1d"), source("binance_archive", "klines_1d"), 86400) }}
