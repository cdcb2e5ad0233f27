"""Lighter's liquidations, out of its channel of trades: every one of the subscribed markets.

`wss://mainnet.zklighter.elliot.ai/stream`, channels `trade/{market}`, no key; a market is a number (0: ETH, 1: BTC).
Documentation: https://apidocs.lighter.xyz/docs/websocket-reference
A message has `trades` and, apart from them, `liquidation_trades`: `{"market_id", "size", "price", "is_maker_ask",
"timestamp", …}`, texts but for the numbers of markets and milliseconds. Liquidations are orders that take: where the
maker sold (`is_maker_ask`), a short was bought back. That the liquidated side is always the taker follows from the
venue's documentation of liquidations and from others' measurements; the venue does not state it of this channel.
`size` counts coins, `price` is the fill. The reply to a subscription repeats recent liquidations; they are stored once.
Without a message from here for two minutes the venue closes the connection.
"""

import json
from typing import Any

from orchestration.sources.shared.contract import Row
from orchestration.sources.shared.parsing import InvalidRecord, member
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.stream import Stream, event, hourly, keep_liquidations

PROVIDER = Provider(
    name="lighter_stream",
    title="Lighter's stream of liquidations",
    default_url="wss://mainnet.zklighter.elliot.ai",
    licence="Lighter's terms of service apply; no right to redistribute the data is granted.",
    limitations="Only while the collector runs; interruptions are gaps; equal events of a millisecond count once.",
    rate=Rate(1),
)


def subscriptions(symbols: list[str]) -> list[str]:
    """One message per market."""
    return [json.dumps({"type": "subscribe", "channel": f"trade/{symbol}"}) for symbol in symbols]


def accepts(message: str) -> bool | None:
    """Whether a subscription was accepted; None for other messages."""
    reply = json.loads(message)
    if "error" in reply:
        return False
    return True if reply.get("type") == "subscribed/trade" else None


def records(message: Any) -> list[Any]:
    """The liquidations of a message; empty for pongs and for trades alone."""
    return list(message.get("liquidation_trades") or [])


def to_row(record: Any) -> Row:
    """One liquidation; the side is that of the order, which takes."""
    maker_sold = member(record, "is_maker_ask")
    if not isinstance(maker_sold, bool):
        raise InvalidRecord(f"is_maker_ask is {maker_sold!r}, neither true nor false")
    at = member(record, "timestamp")
    named = {**record, "market_id": str(member(record, "market_id")), "side": "buy" if maker_sold else "sell"}
    return event(named, ("market_id", "timestamp", "side", "size", "price", ""), at)


STREAM = Stream(
    dataset=hourly(PROVIDER, "Liquidations of perpetuals on Lighter, as they were sent", records, to_row),
    path=lambda symbols: "/stream",
    subscriptions=subscriptions,
    accepts=accepts,
    ping=json.dumps({"type": "ping"}),
    keeps=keep_liquidations(records),
    sign_of_life='"trades"',
)
DATASETS = (STREAM.dataset,)
