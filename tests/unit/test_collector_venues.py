"""Peculiarities of the venues' streams."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection

from orchestration.raw.load import load
from orchestration.sources import binance_stream, okx_stream
from tests.unit.streaming_venue import MS, Behaviour, Venue, raw, rows_of

BINANCE, OKX = binance_stream.STREAM, okx_stream.STREAM


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
        until=lambda: len(venue.received) > 2,
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
