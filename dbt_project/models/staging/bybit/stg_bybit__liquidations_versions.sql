{{ stream_liquidations("bybit_stream", "bybit") }}
