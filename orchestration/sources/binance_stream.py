"""Binance's liquidation stream of USDT perpetuals: at most one event per contract and second, the largest.

`wss://fstream.binance.com/market/stream?streams=btcusdt@forceOrder/…`, no key. Without `/market` in the path, and from
blocked regions, the connection is accepted and stays silent.
Documentation: https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
`{"stream", "data": {"e": "forceOrder", "E", "o": {"s", "S", "q", "p", "ap", "z", "T", …}}}`: `S` is the side of the
*order* (`SELL`: a long was liquidated), `ap` the average price at which `z` coins were filled, `T` milliseconds.
"""

from typing import Any

from orchestration.sources.shared.contract import Row
from orchestration.sources.shared.parsing import member
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.stream import Stream, event, hourly

PROVIDER = Provider(
    name="binance_stream",
    title="Binance's stream of liquidations",
    default_url="wss://fstream.binance.com",
    licence="Binance's terms of use apply; no right to redistribute the data is granted.",
    limitations="Only while the collector runs, at most one order per symbol and second; interruptions are gaps.",
    rate=Rate(1),
)


def path(symbols: list[str]) -> str:
    """The path with the names of all streams; there is no subscription message."""
    return "/market/stream?streams=" + "/".join(f"{symbol.lower()}@forceOrder" for symbol in symbols)


def records(message: Any) -> list[Any]:
    """The order of a message, with the message's timestamp; empty for other messages."""
    push = message.get("data", message)
    return [{**push["o"], "E": push["E"]}] if push.get("e") == "forceOrder" else []


def to_row(record: Any) -> Row:
    """One order; the side is that of the order, the quantity is the filled one."""
    return event(record, ("s", "T", "S", "z", "p", "ap"), member(record, "E"))


STREAM = Stream(
    dataset=hourly(PROVIDER, "Liquidation orders of USDT perpetuals on Binance, as they were sent", records, to_row),
    path=path,
    subscriptions=lambda symbols: [],
    accepts=lambda message: None,
)
DATASETS = (STREAM.dataset,)
