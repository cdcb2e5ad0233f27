"""OKX's stream of liquidations, of all swaps: at most one push per contract and second; REST keeps a day of them.

`wss://ws.okx.com:8443/ws/v5/public`, channel `liquidation-orders`, no key.
Documentation: https://www.okx.com/docs-v5/en/#public-data-websocket-liquidation-orders-channel
`{"arg": {"channel", "instType"}, "data": [{"instId", "details": [{"side", "posSide", "bkPx", "sz", "ts", …}]}]}`, texts
throughout. `side` is that of the *order* (`sell`: a long was liquidated), `bkPx` the bankruptcy price, `sz` counts
contracts (`okx_futures.instruments`), `ts` milliseconds; there is neither an id nor a stamp of the push. What was told
last comes again after a subscription. A subscription can't name contracts. `ping` is answered by `pong`, both bare.
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
    limitations="Told while the collector listens, at most one push per contract and second; spells of silence are gaps.",
    rate=Rate(1),
)


def accepts(message: str) -> bool | None:
    """Whether the subscription was accepted."""
    return {"subscribe": True, "error": False}.get(json.loads(message).get("event"))


def records(message: Any) -> list[Any]:
    """The events of a push, each with its contract; answers to the subscription have none."""
    if "event" in message or message["arg"]["channel"] != CHANNEL["channel"]:
        return []
    return [{**detail, "instId": swap["instId"]} for swap in message["data"] for detail in swap["details"]]


def to_row(record: Any) -> Row:
    """One liquidation; the side is the order's, and the push is as old as the event."""
    stamp = str(member(record, "ts"))
    if not stamp.isdecimal():
        raise InvalidRecord(f"ts is {stamp!r}, not a whole number")
    return event({**record, "ts": int(stamp)}, ("instId", "ts", "side", "sz", "bkPx", ""), int(stamp))


STREAM = Stream(
    dataset=hourly(PROVIDER, "Liquidation events of swaps on OKX, as they were sent", records, to_row),
    path=lambda symbols: "/ws/v5/public",
    subscriptions=lambda symbols: [json.dumps({"op": "subscribe", "args": [CHANNEL]})],
    accepts=accepts,
    ping="ping",
    pong="pong",
)
DATASETS = (STREAM.dataset,)
