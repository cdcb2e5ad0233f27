{{ stream_liquidations("binance_stream", "binance") }}
