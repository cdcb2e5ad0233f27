{{ perpetual_bars(source("hyperliquid", "candles_1d"), "hyperliquid", "hyperliquid", "coin", "opened") }}
