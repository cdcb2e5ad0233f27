"""The messages of each venue's liquidation stream, as the venue sends them: replies to subscriptions, and events.

Belongs here: the shape of a message. Not here: which events there are and when they arrive (`streams.py`). Whose side a
message names, and what its size counts, is each venue's own; its source module documents both.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orchestration.sample.synthetic_futures import epoch_ms
from orchestration.sources import bitget_stream, okx_stream


@dataclass(frozen=True)
class Liquidation:
    """A forced close of `size` at `price`: coins of a contract (at OKX contracts), in its quote asset."""

    symbol: str
    at: datetime
    arrived: datetime
    """When the collector received the message."""
    is_long: bool
    size: Decimal
    price: Decimal

    @property
    def order(self) -> str:
        """The side of the order that closes it."""
        return "sell" if self.is_long else "buy"

    @property
    def position(self) -> str:
        """The side of the position."""
        return "buy" if self.is_long else "sell"


Event = Sequence[Liquidation]
"""Liquidations of one contract that a venue sends in one message: most often one."""


@dataclass(frozen=True)
class Format:
    """The messages of a venue.

    `replies(symbols, recent)` are the replies to the subscriptions; `recent` are the events before a renewed one, of
    which some venues send the last again.
    """

    push: Callable[[Event], object]
    replies: Callable[[Sequence[str], Sequence[Event]], list[object]] = lambda symbols, recent: []


def as_text(message: object) -> str:
    """A message as it is sent."""
    return json.dumps(message, separators=(",", ":"))


def _binance(event: Event) -> object:
    """Half of the order was filled (`z`), at an average price (`ap`) that is not the order's (`p`)."""
    (one,) = event
    limit = one.price * (Decimal("0.99") if one.is_long else Decimal("1.01"))
    order = {
        "s": one.symbol,
        "S": one.order.upper(),
        "o": "LIMIT",
        "f": "IOC",
        "q": f"{one.size * 2:f}",
        "p": f"{limit:.8f}",
        "ap": f"{one.price:f}",
        "X": "PARTIALLY_FILLED",
        "l": f"{one.size:f}",
        "z": f"{one.size:f}",
        "T": epoch_ms(one.at),
    }
    data = {"e": "forceOrder", "E": _pushed(event), "o": order}
    return {"stream": f"{one.symbol.lower()}@forceOrder", "data": data}


def _bybit(event: Event) -> object:
    symbol = event[0].symbol
    data = [
        {"T": epoch_ms(one.at), "s": symbol, "S": one.position.title(), "v": f"{one.size:f}", "p": f"{one.price:f}"}
        for one in event
    ]
    return {"topic": f"allLiquidation.{symbol}", "type": "snapshot", "ts": _pushed(event), "data": data}


def _bitget(event: Event) -> object:
    """`amount` counts USDT."""
    data = [
        {
            "symbol": one.symbol,
            "side": one.position,
            "price": f"{one.price:f}",
            "amount": f"{one.size * one.price:.8f}",
            "ts": str(epoch_ms(one.at)),
        }
        for one in event
    ]
    return {"arg": bitget_stream.TOPIC, "action": "update", "ts": _pushed(event), "data": data}


def _okx(event: Event) -> object:
    """`sz` counts contracts; a message has no time of its own."""
    symbol = event[0].symbol
    family = symbol.removesuffix("-SWAP")
    details = [
        {
            "bkLoss": "0",
            "bkPx": f"{one.price:f}",
            "ccy": "",
            "posSide": "long" if one.is_long else "short",
            "side": one.order,
            "sz": f"{one.size:f}",
            "ts": str(epoch_ms(one.at)),
        }
        for one in event
    ]
    swap = {"instFamily": family, "instId": symbol, "instType": "SWAP", "uly": family, "details": details}
    return {"arg": okx_stream.CHANNEL, "data": [swap]}


def _okx_replies(symbols: Sequence[str], recent: Sequence[Event]) -> list[object]:
    """The last event is sent again after a subscription."""
    return [{"event": "subscribe", "arg": okx_stream.CHANNEL, "connId": "sample"}, *map(_okx, recent[-1:])]


def _dydx(event: Event, kind: str = "channel_data") -> object:
    """The channel has all trades: each liquidation stands beside an ordinary one."""
    trades = [
        {
            "id": f"{epoch_ms(one.at):016x}{number:016x}",
            "size": f"{one.size:f}",
            "price": f"{one.price:f}",
            "side": one.order.upper(),
            "createdAt": f"{one.at:%Y-%m-%dT%H:%M:%S}.{one.at.microsecond // 1000:03}Z",
            "type": type_,
        }
        for one in event
        for number, type_ in enumerate(("LIQUIDATED", "LIMIT"))
    ]
    return {"type": kind, "channel": "v4_trades", "id": event[0].symbol, "contents": {"trades": trades}}


def _dydx_replies(symbols: Sequence[str], recent: Sequence[Event]) -> list[object]:
    """The reply to a subscription has the market's recent trades."""
    replies: list[object] = [{"type": "connected", "connection_id": "sample", "message_id": 0}]
    for symbol in symbols:
        event = _newest(recent, symbol)
        empty = {"type": "subscribed", "channel": "v4_trades", "id": symbol, "contents": {"trades": []}}
        replies.append(_dydx(event, "subscribed") if event else empty)
    return replies


def _lighter(event: Event, kind: str = "update/trade") -> object:
    """Liquidations stand apart from the trades; `is_maker_ask` is the maker's side."""
    market = int(event[0].symbol)
    liquidations = [
        {
            "trade_id": epoch_ms(one.at),
            "type": "liquidation",
            "market_id": market,
            "size": f"{one.size:f}",
            "price": f"{one.price:f}",
            "usd_amount": f"{one.size * one.price:.6f}",
            "is_maker_ask": not one.is_long,
            "timestamp": epoch_ms(one.at),
        }
        for one in event
    ]
    trade = {**liquidations[0], "trade_id": epoch_ms(event[0].at) + 1, "type": "trade"}
    return {"type": kind, "channel": f"trade:{market}", "trades": [trade], "liquidation_trades": liquidations}


def _lighter_replies(symbols: Sequence[str], recent: Sequence[Event]) -> list[object]:
    """The reply to a subscription has the market's recent liquidations."""
    replies: list[object] = []
    for symbol in symbols:
        event = _newest(recent, symbol)
        empty = {"type": "subscribed/trade", "channel": f"trade:{symbol}", "trades": [], "liquidation_trades": []}
        replies.append(_lighter(event, "subscribed/trade") if event else empty)
    return replies


def _newest(recent: Sequence[Event], symbol: str) -> Event | None:
    """The last of the recent events in a contract."""
    return next((event for event in reversed(recent) if event[0].symbol == symbol), None)


def _pushed(event: Event) -> int:
    """When the venue sent the message, in milliseconds: a moment before it arrived."""
    return epoch_ms(event[0].arrived) - 5


FORMATS: Mapping[str, Format] = {
    "aster_stream": Format(_binance),
    "binance_stream": Format(_binance),
    "bitget_stream": Format(
        _bitget, lambda symbols, recent: [{"event": "subscribe", "arg": bitget_stream.TOPIC, "connId": "sample"}]
    ),
    "bybit_stream": Format(
        _bybit, lambda symbols, recent: [{"success": True, "ret_msg": "", "conn_id": "sample", "op": "subscribe"}]
    ),
    "dydx_stream": Format(_dydx, _dydx_replies),
    "lighter_stream": Format(_lighter, _lighter_replies),
    "okx_stream": Format(_okx, _okx_replies),
}
