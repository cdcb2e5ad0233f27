{{ stream_liquidations("dydx_stream", "dydx") }}
