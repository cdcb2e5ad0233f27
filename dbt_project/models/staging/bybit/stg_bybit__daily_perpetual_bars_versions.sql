{{ perpetual_bars(source("bybit", "klines_1d"), "bybit", "bybit", "symbol", "start_time") }}
