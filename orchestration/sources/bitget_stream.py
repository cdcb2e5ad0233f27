"""Bitget's liquidation stream of USDT perpetuals: per second at most the largest long and short of a contract.

`wss://ws.bitget.com/v3/ws/public`, topic `liquidation` of `usdt-futures`, no key.
Documentation: https://www.bitget.com/api-doc/uta/websocket/public/Liquidation-Channel
`{"arg": {"instType", "topic"}, "action", "ts", "data": [{"symbol", "side", "price", "amount", "ts"}]}`, the values of
an event are texts. `side` is that of the *position* (`buy`: a long was liquidated), `amount` counts *quote* coins
(USDT) and not coins, `ts` milliseconds. A subscription can't name contracts. The reply to a bare `ping` is a bare
`pong`; without one for half a minute the venue closes the connection.
"""

import json
from typing import Any

from orchestration.sources.shared.contract import Row
from orchestration.sources.shared.parsing import InvalidRecord, member
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.stream import Stream, event, hourly

TOPIC = {"instType": "usdt-futures", "topic": "liquidation"}

PROVIDER = Provider(
    name="bitget_stream",
    title="Bitget's stream of liquidations",
    default_url="wss://ws.bitget.com",
    licence="Bitget's terms of use apply; no right to redistribute the data is granted.",
    limitations="Only while the collector runs; per second the largest of a side; interruptions are gaps.",
    rate=Rate(1),
)


def accepts(message: str) -> bool | None:
    """Whether the subscription was accepted; None for other messages."""
    return {"subscribe": True, "error": False}.get(json.loads(message).get("event"))


def records(message: Any) -> list[Any]:
    """The events of a message, each with the message's timestamp; empty for replies to the subscription."""
    if "event" in message or message["arg"]["topic"] != TOPIC["topic"]:
        return []
    return [{**record, "pushed": message["ts"]} for record in message["data"]]


def to_row(record: Any) -> Row:
    """One liquidation; the side is that of the position, the quantity is in quote coins."""
    timestamp = str(member(record, "ts"))
    if not timestamp.isdecimal():
        raise InvalidRecord(f"ts is {timestamp!r}, not a whole number")
    names = ("symbol", "ts", "side", "amount", "price", "")
    return event({**record, "ts": int(timestamp)}, names, member(record, "pushed"))


STREAM = Stream(
    dataset=hourly(PROVIDER, "Liquidation events of USDT perpetuals on Bitget, as they were sent", records, to_row),
    path=lambda symbols: "/v3/ws/public",
    subscriptions=lambda symbols: [json.dumps({"op": "subscribe", "args": [TOPIC]})],
    accepts=accepts,
    ping="ping",
    pong="pong",
)
DATASETS = (STREAM.dataset,)
