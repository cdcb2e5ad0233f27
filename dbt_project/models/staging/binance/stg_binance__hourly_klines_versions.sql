{{ binance_klines(source("binance", "klines_1h"), source("binance_archive", "klines_1h"), "1 hour") }}
