"""Peculiarities of the venues' streams."""

import asyncio
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection

from orchestration.raw.load import load
from orchestration.sources import (
    aster_stream,
    binance_stream,
    bitget_stream,
    dydx_stream,
    lighter_stream,
    okx_stream,
)
from tests.unit.streaming_venue import FAST, MS, Behaviour, Venue, raw, rows_of

BINANCE, OKX = binance_stream.STREAM, okx_stream.STREAM
ASTER, BITGET = aster_stream.STREAM, bitget_stream.STREAM
DYDX, LIGHTER = dydx_stream.STREAM, lighter_stream.STREAM


def test_binance_is_connected_at_the_address_that_sends_messages(tmp_path: Path) -> None:
    order = {"s": "BTCUSDT", "S": "SELL", "q": "0.014", "p": "9910", "ap": "9920.5", "z": "0.010", "T": MS}
    message = json.dumps({"stream": "btcusdt@forceOrder", "data": {"e": "forceOrder", "E": MS + 7, "o": order}})

    async def send(socket: ServerConnection) -> None:
        await socket.send(message)
        await socket.wait_closed()

    venue = Venue(tmp_path, BINANCE)
    venue.listen(send, until=lambda: any("text" in line for line in venue.lines()))
    assert venue.paths == ["/market/stream?streams=btcusdt@forceOrder/solusdt@forceOrder"]
    with raw(tmp_path, BINANCE) as connection:
        load(connection, BINANCE.dataset, venue.over(), tmp_path / "landing")
        sold = ("BTCUSDT", MS, "sell", Decimal("0.010"), 9_910, Decimal("9920.5"), 1)
        assert rows_of(connection, BINANCE) == [sold]


OKX_CHANNEL = {"channel": "liquidation-orders", "instType": "SWAP"}


def okx_push(*offsets: int, symbol: str = "BTC-USDT-SWAP") -> str:
    """A message of OKX with an event at each offset."""
    record = {"bkLoss": "0", "bkPx": "95000.5", "ccy": "", "posSide": "long", "side": "sell", "sz": "13"}
    details = [{**record, "ts": str(MS + offset)} for offset in offsets]
    swap = {"instFamily": symbol[:-5], "instId": symbol, "instType": "SWAP", "uly": symbol[:-5], "details": details}
    return json.dumps({"arg": OKX_CHANNEL, "data": [swap]})


def test_okx_repeats_its_last_event_after_a_subscription_and_it_is_stored_once(tmp_path: Path) -> None:
    def subscribed(*messages: str, then: str) -> Behaviour:
        async def behave(socket: ServerConnection) -> None:
            subscription = json.loads(await socket.recv())
            assert subscription == {"op": "subscribe", "args": [OKX_CHANNEL]}
            await socket.send(json.dumps({"event": "subscribe", "arg": OKX_CHANNEL, "connId": "a4d3ae55"}))
            for message in messages:
                await socket.send(message)
            if then == "stay":
                async for ping in socket:
                    venue.received.append(str(ping))
                    await socket.send("pong")

        return behave

    venue = Venue(tmp_path, OKX)
    venue.listen(
        subscribed(okx_push(0, 0), okx_push(900), then="leave"),
        subscribed(okx_push(0, 0, 900), okx_push(2_000, symbol="PEPE-USDT-SWAP"), then="stay"),
        until=lambda: len(venue.received) > 2 and "PEPE" in str(venue.lines()),
    )
    assert set(venue.received) == {"ping"}
    assert "/ws/v5/public" in venue.paths
    assert "pong" not in [line.get("text") for line in venue.lines()], "it has no content"
    with raw(tmp_path, OKX) as connection:
        assert load(connection, OKX.dataset, venue.over(), tmp_path / "landing").rejected == 0
        sold, price = ("sell", Decimal(13)), Decimal("95000.5")
        assert rows_of(connection, OKX) == [
            ("BTC-USDT-SWAP", MS, *sold, price, price, 1),
            ("BTC-USDT-SWAP", MS, *sold, price, price, 2),
            ("BTC-USDT-SWAP", MS + 900, *sold, price, price, 1),
            ("PEPE-USDT-SWAP", MS + 2_000, *sold, price, price, 1),
        ]


def test_okx_rejects_a_subscription_with_its_own_event(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(json.dumps({"event": "error", "code": "60018", "msg": "Invalid channel", "connId": "1"}))

    venue = Venue(tmp_path, OKX)
    venue.listen(refuse, until=lambda: len(venue.paths) >= 2)
    assert "Invalid channel" in caplog.text


def test_aster_sends_what_binance_sends_at_its_own_address(tmp_path: Path) -> None:
    order = {"s": "BTCUSDT", "S": "BUY", "q": "0.014", "p": "9910", "ap": "9920.5", "z": "0.010", "T": MS}
    message = json.dumps({"stream": "btcusdt@forceOrder", "data": {"e": "forceOrder", "E": MS + 7, "o": order}})
    venue = Venue(tmp_path, ASTER)
    venue.listen(sending(message), until=lambda: any("text" in line for line in venue.lines()))
    assert venue.paths == ["/stream?streams=btcusdt@forceOrder/solusdt@forceOrder"]
    with raw(tmp_path, ASTER) as connection:
        load(connection, ASTER.dataset, venue.over(), tmp_path / "landing")
        assert rows_of(connection, ASTER) == [("BTCUSDT", MS, "buy", Decimal("0.010"), 9_910, Decimal("9920.5"), 1)]


def sending(*messages: str, replies: tuple[str, ...] = ()) -> Behaviour:
    """Each subscription gets one of the replies, in their order; then the messages are sent."""

    async def behave(socket: ServerConnection) -> None:
        for reply in replies:
            await socket.recv()
            await socket.send(reply)
        for message in messages:
            await socket.send(message)
        await socket.wait_closed()

    return behave


BITGET_TOPIC = {"instType": "usdt-futures", "topic": "liquidation"}


def test_bitget_counts_quote_coins_and_names_the_position(tmp_path: Path) -> None:
    record = {"symbol": "BTCUSDT", "side": "buy", "price": "95000.5", "amount": "37.722858", "ts": str(MS)}
    push = {"arg": BITGET_TOPIC, "action": "update", "ts": MS + 3, "data": [record, record]}
    reply = json.dumps({"event": "subscribe", "arg": BITGET_TOPIC, "connId": "1"})
    venue = Venue(tmp_path, BITGET)
    venue.listen(sending(json.dumps(push), replies=(reply,)), until=lambda: "event" in venue.states())
    with raw(tmp_path, BITGET) as connection:
        assert load(connection, BITGET.dataset, venue.over(), tmp_path / "landing").rejected == 0
        bought, price = ("buy", Decimal("37.722858")), Decimal("95000.5")
        assert rows_of(connection, BITGET) == [
            ("BTCUSDT", MS, *bought, price, price, 1),
            ("BTCUSDT", MS, *bought, price, price, 2),
        ]
    assert BITGET.accepts('{"event": "error", "code": "30016", "msg": "Param error"}') is False


def lighter_push(kind: str, *liquidations: dict[str, object]) -> str:
    """A message of the channel of trades, which has ordinary trades besides."""
    trades = [{"trade_id": 1, "type": "trade", "market_id": 1, "size": "9", "price": "1", "is_maker_ask": True}]
    body = {"type": f"{kind}/trade", "channel": "trade:1", "trades": trades, "liquidation_trades": list(liquidations)}
    return json.dumps(body)


def test_lighter_s_liquidations_stand_apart_from_its_trades_and_are_stored_once(tmp_path: Path) -> None:
    sold = {"market_id": 1, "size": "0.0394", "price": "95000.5", "is_maker_ask": False, "timestamp": MS}
    bought = sold | {"is_maker_ask": True, "timestamp": MS + 1}
    replies = (lighter_push("subscribed", sold), lighter_push("subscribed"))
    venue = Venue(tmp_path, LIGHTER)
    messages = (
        lighter_push("update"),
        '{"type": "pong"}',
        lighter_push("update", sold),
        lighter_push("update", bought),
    )
    venue.listen(sending(*messages, replies=replies), until=lambda: len(texts(venue)) >= 3)
    assert len(texts(venue)) == 3, "trades alone are not stored"
    with raw(tmp_path, LIGHTER) as connection:
        assert load(connection, LIGHTER.dataset, venue.over(), tmp_path / "landing").rejected == 0
        size, price = Decimal("0.0394"), Decimal("95000.5")
        assert rows_of(connection, LIGHTER) == [
            ("1", MS, "sell", size, price, price, 1),
            ("1", MS + 1, "buy", size, price, price, 1),
        ]
    assert LIGHTER.subscriptions(["0", "1"])[1] == '{"type": "subscribe", "channel": "trade/1"}'
    assert LIGHTER.accepts('{"error": {"code": 30005, "message": "Invalid Channel"}}') is False


def texts(venue: Venue) -> list[str]:
    """The messages that were stored."""
    return [str(line["text"]) for line in venue.lines() if "text" in line]


def test_a_trade_without_a_liquidation_keeps_the_connection_alive(tmp_path: Path) -> None:
    """A channel of trades is never silent: no liquidation for half an hour is none, not a dead connection."""
    venue = Venue(tmp_path, LIGHTER)
    beats = 0

    async def trade(socket: ServerConnection) -> None:
        for _ in LIGHTER.subscriptions(["0", "1"]):
            await socket.recv()
            await socket.send(lighter_push("subscribed"))
        nonlocal beats
        while True:
            await socket.send(lighter_push("update"))
            await asyncio.sleep(0.05)
            venue.clock.skipped += timedelta(seconds=FAST.silence / 3)
            beats += 1

    venue.listen(trade, until=lambda: beats > 30)
    assert (len(venue.paths), venue.alerts, texts(venue)) == (1, [], [])


def test_dydx_marks_liquidations_among_its_trades(tmp_path: Path) -> None:
    trade = {"id": "a", "size": "0.1", "price": "95000.5", "side": "BUY", "createdAt": "2026-05-04T12:00:00.000Z"}
    contents = {"trades": [trade | {"type": "LIMIT"}, trade | {"type": "LIQUIDATED"}, trade | {"type": "DELEVERAGED"}]}
    push = {"type": "channel_data", "channel": "v4_trades", "id": "BTC-USD", "contents": contents}
    reply = {"type": "subscribed", "channel": "v4_trades", "id": "BTC-USD", "contents": {"trades": []}}
    venue = Venue(tmp_path, DYDX)
    behaviour = sending(json.dumps(push), json.dumps(push), replies=(json.dumps(reply),) * 2)
    venue.listen(behaviour, until=lambda: len(texts(venue)) >= 2)
    with raw(tmp_path, DYDX) as connection:
        assert load(connection, DYDX.dataset, venue.over(), tmp_path / "landing").rejected == 0
        price = Decimal("95000.5")
        assert rows_of(connection, DYDX) == [("BTC-USD", MS, "buy", Decimal("0.1"), price, price, 1)]
    assert DYDX.accepts('{"type": "connected", "connection_id": "1"}') is None
    assert DYDX.accepts('{"type": "error", "message": "Invalid id"}') is False


UNREADABLE = {
    "dydx": (DYDX, '{"channel": "v4_trades", "id": "BTC-USD", "contents": {"trades": [{"id": "a"}]}}'),
    "lighter": (LIGHTER, '{"type": "update/trade", "trades": [], "liquidation_trades": 5}'),
}


@pytest.mark.parametrize("venue_name", UNREADABLE)
def test_a_message_that_cannot_be_read_is_stored_and_rejected_and_ends_no_connection(
    tmp_path: Path, venue_name: str
) -> None:
    """Of a channel of trades messages are left out that hold no liquidation, not those of which nobody knows."""
    stream, unreadable = UNREADABLE[venue_name]
    messages = (unreadable, '["trades"]', '"trades"')
    accepted = '{"type": "subscribed"}' if stream is DYDX else lighter_push("subscribed")
    venue = Venue(tmp_path, stream)
    venue.listen(sending(*messages, replies=(accepted,) * 2), until=lambda: len(texts(venue)) >= 3)
    assert (texts(venue), len(venue.paths)) == (list(messages), 1)
    with raw(tmp_path, stream) as connection:
        assert load(connection, stream.dataset, venue.over(), tmp_path / "landing").rejected == 3
