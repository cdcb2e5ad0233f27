{{ binance_klines(source("binance", "klines_1h"), "1 hour") }}
