"""dYdX's liquidations, out of its channel of trades: every one of the subscribed markets.

`wss://indexer.dydx.trade/v4/ws`, channel `v4_trades` with the market as `id`, no key.
Documentation: https://docs.dydx.xyz (indexer, websocket)
`{"type": "channel_data", "channel": "v4_trades", "id", "contents": {"trades": [{"id", "size", "price", "side",
"createdAt", "type"}]}}`, all values are texts; `type` is `LIQUIDATED` for a liquidation, `createdAt` an ISO instant.
`side` is that of the order that took; that this is always the liquidated one is unconfirmed. `size` counts coins,
`price` is the fill. The reply to a subscription repeats recent trades, which are stored once.
"""

import json
from typing import Any

from orchestration.sources.shared.contract import Row
from orchestration.sources.shared.parsing import member, milliseconds, utc_instant
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.stream import Stream, event, hourly, keep_liquidations

PROVIDER = Provider(
    name="dydx_stream",
    title="dYdX's stream of liquidations",
    default_url="wss://indexer.dydx.trade",
    licence="The indexer's terms of use apply; no right to redistribute the data is granted.",
    limitations="Only while the collector runs; interruptions are gaps; equal events of a millisecond count once.",
    rate=Rate(1),
)


def subscriptions(symbols: list[str]) -> list[str]:
    """One message per market."""
    return [json.dumps({"type": "subscribe", "channel": "v4_trades", "id": symbol}) for symbol in symbols]


def accepts(message: str) -> bool | None:
    """Whether a subscription was accepted; None for other messages."""
    return {"subscribed": True, "error": False}.get(json.loads(message).get("type"))


def records(message: Any) -> list[Any]:
    """The liquidations of a message, each with its market; empty for other messages."""
    if message.get("channel") != "v4_trades":
        return []
    trades = message.get("contents", {}).get("trades", [])
    return [{**trade, "market": message["id"]} for trade in trades if trade["type"] == "LIQUIDATED"]


def to_row(record: Any) -> Row:
    """One liquidation; the side is that of the order, and the message has no time of its own."""
    at = milliseconds(utc_instant(member(record, "createdAt"), "createdAt"))
    return event({**record, "createdAt": at}, ("market", "createdAt", "side", "size", "price", ""), at)


STREAM = Stream(
    dataset=hourly(PROVIDER, "Liquidations of perpetuals on dYdX, as they were sent", records, to_row),
    path=lambda symbols: "/v4/ws",
    subscriptions=subscriptions,
    accepts=accepts,
    keeps=keep_liquidations(records),
    sign_of_life='"trades"',
)
DATASETS = (STREAM.dataset,)
