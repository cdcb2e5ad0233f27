"""OKX's liquidation stream of all swaps: at most one message per contract and second; REST keeps one day of them.

`wss://ws.okx.com:8443/ws/v5/public`, channel `liquidation-orders`, no key.
Documentation: https://www.okx.com/docs-v5/en/#public-data-websocket-liquidation-orders-channel
`{"arg": {"channel", "instType"}, "data": [{"instId", "details": [{"side", "posSide", "bkPx", "sz", "ts", …}]}]}`, all
values are texts. `side` is that of the *order* (`sell`: a long was liquidated), `bkPx` the bankruptcy price, `sz`
counts contracts (`okx_futures.instruments`), `ts` milliseconds; there is neither an id nor a timestamp of the message.
The last event is sent again after a subscription. A subscription can't name contracts. The reply to a bare `ping` is a
bare `pong`.
"""

import json
from typing import Any

from orchestration.sources.shared.contract import Row
from orchestration.sources.shared.parsing import InvalidRecord, member
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.stream import Stream, event, hourly

CHANNEL = {"channel": "liquidation-orders", "instType": "SWAP"}

PROVIDER = Provider(
    name="okx_stream",
    title="OKX's stream of liquidations",
    default_url="wss://ws.okx.com:8443",
    licence="OKX's terms of service apply; no right to redistribute the data is granted.",
    limitations="Only while the collector runs, at most one order per contract and second; interruptions are gaps.",
    rate=Rate(1),
)


def accepts(message: str) -> bool | None:
    """Whether the subscription was accepted; None for other messages."""
    return {"subscribe": True, "error": False}.get(json.loads(message).get("event"))


def records(message: Any) -> list[Any]:
    """The events of a message, each with its contract; empty for replies to the subscription."""
    if "event" in message or message["arg"]["channel"] != CHANNEL["channel"]:
        return []
    return [{**detail, "instId": swap["instId"]} for swap in message["data"] for detail in swap["details"]]


def to_row(record: Any) -> Row:
    """One liquidation; the side is that of the order, and the message has the time of the event."""
    timestamp = str(member(record, "ts"))
    if not timestamp.isdecimal():
        raise InvalidRecord(f"ts is {timestamp!r}, not a whole number")
    return event({**record, "ts": int(timestamp)}, ("instId", "ts", "side", "sz", "bkPx", ""), int(timestamp))


STREAM = Stream(
    dataset=hourly(PROVIDER, "Liquidation events of swaps on OKX, as they were sent", records, to_row),
    path=lambda symbols: "/ws/v5/public",
    subscriptions=lambda symbols: [json.dumps({"op": "subscribe", "args": [CHANNEL]})],
    accepts=accepts,
    ping="ping",
    pong="pong",
)
DATASETS = (STREAM.dataset,)
