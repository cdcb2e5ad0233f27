{{ perpetual_bars(source("binance_futures", "klines_1d"), "binance_futures", "binance", "symbol", "open_time") }}
