"""Aster's liquidation stream of USDT perpetuals: at most one order per contract and second, the latest.

`wss://fstream.asterdex.com/stream?streams=btcusdt@forceOrder/…`, no key, at most 200 streams of a connection.
Documentation: https://github.com/asterdex/api-docs (websocket market streams)
The messages are Binance's: `{"stream", "data": {"e": "forceOrder", "E", "o": {"s", "S", "q", "p", "ap", "z", "T"}}}`.
`S` is the side of the *order* (`SELL`: a long was liquidated), `ap` the average price at which `z` coins were filled,
`T` milliseconds. A connection ends after 24 hours. That names of unknown contracts are ignored is unconfirmed.
"""

from orchestration.sources.binance_stream import records, to_row
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.stream import Stream, hourly

PROVIDER = Provider(
    name="aster_stream",
    title="Aster's stream of liquidations",
    default_url="wss://fstream.asterdex.com",
    licence="Aster's terms of use apply; no right to redistribute the data is granted.",
    limitations="Only while the collector runs, at most one order per symbol and second; interruptions are gaps.",
    rate=Rate(1),
)


def path(symbols: list[str]) -> str:
    """The path with the names of all streams; there is no subscription message."""
    return "/stream?streams=" + "/".join(f"{symbol.lower()}@forceOrder" for symbol in symbols)


STREAM = Stream(
    dataset=hourly(PROVIDER, "Liquidation orders of USDT perpetuals on Aster, as they were sent", records, to_row),
    path=path,
    subscriptions=lambda symbols: [],
    accepts=lambda message: None,
)
DATASETS = (STREAM.dataset,)
