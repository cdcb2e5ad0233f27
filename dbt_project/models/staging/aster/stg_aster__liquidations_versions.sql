{{ stream_liquidations("aster_stream", "aster") }}
