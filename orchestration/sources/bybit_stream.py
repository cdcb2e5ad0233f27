"""Bybit's liquidation stream: every event of USDT perpetuals; there is no history.

`wss://stream.bybit.com/v5/public/linear`, topics `allLiquidation.{symbol}`, pushed every half second, no key.
Documentation: https://bybit-exchange.github.io/docs/v5/websocket/public/all-liquidation
`{"topic", "type": "snapshot", "ts", "data": [{"T", "s", "S", "v", "p"}]}`: `S` is the side of the *position* (`Buy`: a
long was liquidated), `v` counts coins, `p` is the bankruptcy price, `T` milliseconds. There is no id. The stream has
every event since 2025-02-20. A subscription has at most ten topics; longer ones are acknowledged and dropped silently.
US addresses are refused.
"""

import json
from typing import Any

from orchestration.sources.shared.contract import Row
from orchestration.sources.shared.parsing import member
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.stream import Stream, event, hourly

TOPICS_PER_MESSAGE = 10

PROVIDER = Provider(
    name="bybit_stream",
    title="Bybit's stream of liquidations",
    default_url="wss://stream.bybit.com",
    licence="For personal use under Bybit's API terms; no right to redistribute is granted.",
    limitations="Only while the collector runs; interruptions are gaps; some regions are blocked.",
    rate=Rate(1),
)


def subscriptions(symbols: list[str]) -> list[str]:
    """One message per ten contracts."""
    topics = [f"allLiquidation.{symbol}" for symbol in symbols]
    batches = [topics[first : first + TOPICS_PER_MESSAGE] for first in range(0, len(topics), TOPICS_PER_MESSAGE)]
    return [json.dumps({"op": "subscribe", "args": batch}) for batch in batches]


def accepts(message: str) -> bool | None:
    """Whether a subscription was accepted; None for other messages."""
    reply = json.loads(message)
    return bool(reply.get("success")) if reply.get("op") == "subscribe" else None


def records(message: Any) -> list[Any]:
    """The events of a message, each with the message's timestamp; empty for replies to subscriptions and pings."""
    if not str(message.get("topic", "")).startswith("allLiquidation."):
        return []
    return [{**record, "ts": message["ts"]} for record in message["data"]]


def to_row(record: Any) -> Row:
    """One liquidation; the side is that of the position."""
    return event(record, ("s", "T", "S", "v", "p", ""), member(record, "ts"))


STREAM = Stream(
    dataset=hourly(PROVIDER, "Liquidation events of USDT perpetuals on Bybit, as they were sent", records, to_row),
    path=lambda symbols: "/v5/public/linear",
    subscriptions=subscriptions,
    accepts=accepts,
    ping=json.dumps({"op": "ping"}),
)
DATASETS = (STREAM.dataset,)
