{{ binance_klines(source("binance", "klines_1d"), source("binance_archive", "klines_1d"), "1 day") }}
