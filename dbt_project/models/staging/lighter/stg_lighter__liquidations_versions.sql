{{ stream_liquidations("lighter_stream", "lighter") }}
