"""The collector against a venue on this machine: what it hears is landed once, and what it does not hear is told."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from websockets.asyncio.server import ServerConnection, serve

from orchestration.collector.collected import collected
from orchestration.collector.listening import Listener, Pace, Surroundings
from orchestration.collector.spool import Spool
from orchestration.extract import NOT_COLLECTED
from orchestration.landing import Landed, Landing
from orchestration.loading import load
from orchestration.settings import Settings
from orchestration.sources import binance_stream, bybit_stream, okx_stream
from orchestration.sources.contract import Window
from orchestration.sources.registry import streams
from orchestration.sources.stream import Stream
from orchestration.warehouse import connect, prepare

BYBIT, BINANCE, OKX = bybit_stream.STREAM, binance_stream.STREAM, okx_stream.STREAM
HOUR = timedelta(hours=1)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MS = int(NOON.timestamp()) * 1000
ACK = json.dumps({"success": True, "ret_msg": "", "op": "subscribe", "conn_id": "1"})
FAST = Pace(silence=60, ping=0.05, answer=1, shortest_wait=0.01, longest_wait=0.05, tick=0.01)

Behaviour = Callable[[ServerConnection], Awaitable[None]]


def push(symbol: str = "BTCUSDT", side: str = "Buy", offset: int = 0, price: str = "95000.5", twins: int = 1) -> str:
    """A message of Bybit with one event, or more that agree in everything."""
    record = {"T": MS + offset, "s": symbol, "S": side, "v": "0.25", "p": price}
    topic = f"allLiquidation.{symbol}"
    return json.dumps({"topic": topic, "type": "snapshot", "ts": MS + offset + 40, "data": [record] * twins})


class Clock:
    """The collector's time: real seconds after 12:00, and hours on demand."""

    def __init__(self) -> None:
        self._started = datetime.now(UTC)
        self.skipped = timedelta()

    def __call__(self) -> datetime:
        return NOON + (datetime.now(UTC) - self._started) + self.skipped


class Venue:
    """A listener and a venue for a while: connection by connection the next behaviour, the last one for ever."""

    def __init__(self, home: Path, stream: Stream = BYBIT, pace: Pace = FAST) -> None:
        self.home, self.stream, self.pace = home, stream, pace
        self.alerts: list[str] = []
        self.received: list[str] = []
        self.paths: list[str] = []
        self.clock = Clock()

    def listen(self, *behaviours: Behaviour, until: Callable[[], bool]) -> None:
        """Runs until the condition holds (half a minute at most)."""
        asyncio.run(self._listen(list(behaviours), until))

    async def _listen(self, behaviours: list[Behaviour], until: Callable[[], bool]) -> None:
        async def answer(socket: ServerConnection) -> None:
            self.paths.append(socket.request.path if socket.request else "")
            behaviour = behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]
            await behaviour(socket)

        async with serve(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            around = Surroundings(self.home, self.alerts.append, self.clock, self.pace)
            listener = Listener(self.stream, f"ws://127.0.0.1:{port}", ["BTCUSDT", "SOLUSDT"], ["BTCUSDT"], around)
            task = asyncio.create_task(listener.run())
            async with asyncio.timeout(30):
                while not until():
                    await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def subscribed(self, *messages: str, then: str = "stay") -> Behaviour:
        """Acknowledges the subscription, sends messages, and stays or leaves."""

        async def behave(socket: ServerConnection) -> None:
            self.received.append(str(await socket.recv()))
            await socket.send(ACK)
            for message in messages:
                await socket.send(message)
            if then == "stay":
                async for more in socket:
                    self.received.append(str(more))

        return behave

    def lines(self) -> list[dict[str, str]]:
        """What stands in the running hour."""
        folder = self.home / "collecting" / self.stream.dataset.provider.name
        return [json.loads(line) for file in sorted(folder.glob("*")) for line in file.read_text().splitlines()]

    def states(self) -> list[str]:
        return [
            line["state"] if "state" in line else "event" if "topic" in line["text"] else "other"
            for line in self.lines()
        ]

    def landed(self) -> list[Landed]:
        dataset = self.stream.dataset
        return list(Landing(self.home / "landing").all(dataset.provider.name, dataset.name))

    def over(self) -> list[Landed]:
        """The hour is over: the next collector lands it."""
        Spool(self.stream, "wss://unused.invalid", self.home, NOON + HOUR).close()
        return self.landed()


@pytest.fixture
def venue(tmp_path: Path) -> Venue:
    return Venue(tmp_path)


@contextmanager
def raw(home: Path, stream: Stream = BYBIT) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(home / "warehouse.duckdb") as connection:
        prepare(connection, [stream.dataset])
        yield connection


def rows_of(connection: duckdb.DuckDBPyConnection, stream: Stream = BYBIT) -> list[tuple[Any, ...]]:
    columns = "symbol, event_time, side, quantity, price, average_price, occurrence"
    return connection.execute(f"select {columns} from raw.{stream.dataset.table} order by all").fetchall()


def test_what_is_heard_becomes_rows_and_twins_stay_two(venue: Venue) -> None:
    messages = push(twins=2), push(side="Sell", offset=900, price="95100"), push("SOLUSDT", offset=1_000)
    venue.listen(venue.subscribed(*messages), until=lambda: venue.states().count("event") == 3)
    assert json.loads(venue.received[0]) == {
        "op": "subscribe",
        "args": ["allLiquidation.BTCUSDT", "allLiquidation.SOLUSDT"],
    }
    assert [line["text"] for line in venue.lines() if "text" in line][-3:] == list(messages), "byte for byte"
    [answer] = venue.over()
    with raw(venue.home) as connection:
        assert load(connection, BYBIT.dataset, [answer], venue.home / "landing").rejected == 0
        quarter, price = Decimal("0.25"), Decimal("95000.5")
        assert rows_of(connection) == [
            ("BTCUSDT", MS, "buy", quarter, price, price, 1),
            ("BTCUSDT", MS, "buy", quarter, price, price, 2),
            ("BTCUSDT", MS + 900, "sell", quarter, 95_100, 95_100, 1),
            ("SOLUSDT", MS + 1_000, "buy", quarter, price, price, 1),
        ]


def test_a_collector_that_was_killed_is_taken_up_and_nothing_is_there_twice(venue: Venue) -> None:
    venue.listen(venue.subscribed(push()), until=lambda: "event" in venue.states())
    [file] = (venue.home / "collecting" / "bybit_stream").iterdir()
    with file.open("a") as cut:
        cut.write('{"at": "2026-05-04T12:00:01+00:00", "text": "{\\"topic')
    venue.listen(venue.subscribed(push(offset=5_000)), until=lambda: venue.states().count("event") == 2)
    [answer] = venue.over()
    assert len(venue.over()) == 1, "landed and gone"
    with raw(venue.home) as connection:
        for _ in range(2):
            assert load(connection, BYBIT.dataset, [answer], venue.home / "landing").rejected == 0
        assert [row[1] for row in rows_of(connection)] == [MS, MS + 5_000]
    assert BYBIT.dataset.covers is not None
    window = BYBIT.dataset.covers(answer.response)
    assert window is not None
    assert window.end < NOON + HOUR, "from the second collector's end on nobody listened"


def test_an_hour_that_was_landed_before_its_file_was_taken_away_is_landed_once(venue: Venue) -> None:
    venue.listen(venue.subscribed(push()), until=lambda: "event" in venue.states())
    [file] = (venue.home / "collecting" / "bybit_stream").iterdir()
    body = file.read_bytes()
    venue.over()
    file.write_bytes(body)
    assert len(venue.over()) == 1


def test_a_lost_connection_is_made_again_and_the_gap_is_not_counted_as_heard(venue: Venue) -> None:
    venue.listen(
        venue.subscribed(push(), then="leave"),
        venue.subscribed(push(offset=3_000)),
        until=lambda: venue.states().count("event") == 2,
    )
    assert [state for state in venue.states() if state != "other"] == [
        "listening",
        "event",
        "lost",
        "listening",
        "event",
        "lost",
    ]
    assert venue.alerts == []


def test_silence_after_an_acknowledgement_is_told_once_and_not_counted_as_heard(tmp_path: Path) -> None:
    """The venue accepts and sends nothing, or only what others are liquidated for."""
    venue = Venue(tmp_path, pace=Pace(silence=0.2, ping=0.05, answer=1, shortest_wait=0.01, longest_wait=0.05))
    venue.listen(venue.subscribed(push("SOLUSDT")), until=lambda: venue.states().count("lost") == 3)
    [alert] = venue.alerts
    assert "bybit_stream was silent" in alert
    assert "not one liquidation of BTCUSDT" in alert
    assert "BYBIT_STREAM_BASE_URL" in alert
    since = [line["since"] for line in venue.lines() if line.get("state") == "lost"][:2]
    began = [line["at"] for line in venue.lines() if line.get("state") == "listening"][:2]
    assert since == began, "nothing of a silent connection is believed"


def test_a_refused_subscription_is_no_listening(venue: Venue, caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(json.dumps({"success": False, "ret_msg": "handler not found", "op": "subscribe"}))

    venue.listen(refuse, until=lambda: len(venue.paths) == 3)
    assert "handler not found" in caplog.text
    assert "listening" not in venue.states()


def test_a_ping_of_the_venue_s_own_kind_keeps_the_connection(venue: Venue) -> None:
    venue.listen(venue.subscribed(), until=lambda: len(venue.received) >= 3)
    assert [json.loads(message) for message in venue.received[1:3]] == [{"op": "ping"}] * 2


def test_quiet_hours_that_were_listened_to_are_whole(venue: Venue) -> None:
    """The clock jumps by two hours: the first began late, the second is heard from its beginning to its end."""

    def two_hours_later() -> bool:
        if "listening" in venue.states() and not venue.clock.skipped:
            venue.clock.skipped = 2 * HOUR
        return len(venue.landed()) == 2

    venue.pace = Pace(silence=10**6, ping=0.05, answer=1, tick=0.01)
    venue.listen(venue.subscribed(), until=two_hours_later)
    first, second = venue.landed()
    assert BYBIT.dataset.covers is not None
    assert BYBIT.dataset.covers(second.response) == Window(NOON + HOUR, NOON + 2 * HOUR)
    window = BYBIT.dataset.covers(first.response)
    assert window is not None
    assert NOON < window.start < window.end == NOON + HOUR
    assert (second.request.window, second.fetched_at) == (Window(NOON + HOUR, NOON + 2 * HOUR), NOON + 2 * HOUR)


def test_binance_is_listened_to_under_the_address_that_is_not_silent(tmp_path: Path) -> None:
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


def test_okx_tells_what_it_told_last_again_after_a_subscription_and_it_is_there_once(tmp_path: Path) -> None:
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
    assert "pong" not in [line.get("text") for line in venue.lines()], "it says nothing"
    with raw(tmp_path, OKX) as connection:
        assert load(connection, OKX.dataset, venue.over(), tmp_path / "landing").rejected == 0
        sold, price = ("sell", Decimal(13)), Decimal("95000.5")
        assert rows_of(connection, OKX) == [
            ("BTC-USDT-SWAP", MS, *sold, price, price, 1),
            ("BTC-USDT-SWAP", MS, *sold, price, price, 2),
            ("BTC-USDT-SWAP", MS + 900, *sold, price, price, 1),
            ("PEPE-USDT-SWAP", MS + 2_000, *sold, price, price, 1),
        ]


def test_okx_refuses_a_subscription_with_an_event_of_its_own(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(json.dumps({"event": "error", "code": "60018", "msg": "Invalid channel", "connId": "1"}))

    venue = Venue(tmp_path, OKX)
    venue.listen(refuse, until=lambda: len(venue.paths) == 2)
    assert "Invalid channel" in caplog.text


def test_a_message_that_nobody_understands_is_on_record_and_the_hour_is_not_told_whole(venue: Venue) -> None:
    broken = json.dumps({"topic": "allLiquidation.BTCUSDT", "ts": MS, "data": [{"T": MS, "s": "BTCUSDT", "S": "Long"}]})
    venue.listen(venue.subscribed(push(), broken), until=lambda: venue.states().count("event") == 2)
    with raw(venue.home) as connection:
        loaded = load(connection, BYBIT.dataset, venue.over(), venue.home / "landing")
        assert (loaded.rows_new, loaded.rejected) == (1, 1)


def test_long_subscriptions_are_split_because_they_are_dropped_without_a_word() -> None:
    messages = bybit_stream.subscriptions([f"C{number}USDT" for number in range(25)])
    assert [len(json.loads(message)["args"]) for message in messages] == [10, 10, 5]


def test_a_run_loads_what_was_landed_since_the_last_one(venue: Venue) -> None:
    settings = Settings.load({"WAREHOUSE_HOME": str(venue.home)})
    with raw(venue.home) as connection:
        assert collected(BYBIT.dataset, settings, connection).skipped == NOT_COLLECTED
        venue.listen(venue.subscribed(push()), until=lambda: "event" in venue.states())
        venue.over()
        first = collected(BYBIT.dataset, settings, connection)
        assert (len(first.answers), first.outcome) == (1, "answered")
        load(connection, BYBIT.dataset, first.answers, settings.landing)
        assert collected(BYBIT.dataset, settings, connection).answers == ()


def test_every_stream_is_found() -> None:
    assert [stream.dataset.table for stream in streams()] == [
        "binance_stream_liquidations",
        "bybit_stream_liquidations",
        "okx_stream_liquidations",
    ]
