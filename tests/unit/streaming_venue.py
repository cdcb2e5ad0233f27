"""A streaming venue on this machine, and the collector that listens to it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from websockets.asyncio.server import ServerConnection, serve

from orchestration.collector.listening import CollectorContext, Listener, ReconnectDelay
from orchestration.collector.spool import Spool
from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.raw.working_file import connect, prepare
from orchestration.sources import bybit_stream
from orchestration.sources.shared.stream import Stream

BYBIT = bybit_stream.STREAM
HOUR = timedelta(hours=1)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MS = int(NOON.timestamp()) * 1000
ACK = json.dumps({"success": True, "ret_msg": "", "op": "subscribe", "conn_id": "1"})
FAST = ReconnectDelay(silence=60, ping=0.05, shortest_wait=0.01, longest_wait=0.05, tick=0.01)
"""Short where a test waits; a reply has its usual time, for a busy machine is late with it."""

Behaviour = Callable[[ServerConnection], Awaitable[None]]


class Clock:
    """The collector's time: real seconds after 12:00, and hours on demand."""

    def __init__(self) -> None:
        self._started = datetime.now(UTC)
        self.skipped = timedelta()

    def __call__(self) -> datetime:
        return NOON + (datetime.now(UTC) - self._started) + self.skipped


class Venue:
    """A listener and a venue for a while: connection by connection the next behaviour, the last one for ever."""

    def __init__(self, home: Path, stream: Stream = BYBIT, delays: ReconnectDelay = FAST) -> None:
        self.home, self.stream, self.delays = home, stream, delays
        self.alerts: list[str] = []
        self.received: list[str] = []
        self.paths: list[str] = []
        self.clock = Clock()

    def listen(self, *behaviours: Behaviour, until: Callable[[], bool]) -> None:
        """Runs until the condition holds (half a minute at most)."""
        asyncio.run(self._listen(list(behaviours), until))

    async def _listen(self, behaviours: list[Behaviour], until: Callable[[], bool]) -> None:
        async def response(socket: ServerConnection) -> None:
            self.paths.append(socket.request.path if socket.request else "")
            behaviour = behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]
            await behaviour(socket)

        async with serve(response, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            around = CollectorContext(self.home, self.alerts.append, self.clock, self.delays)
            listener = Listener(self.stream, f"ws://127.0.0.1:{port}", ["BTCUSDT", "SOLUSDT"], ["BTCUSDT"], around)
            task = asyncio.create_task(listener.run())
            try:
                async with asyncio.timeout(30):
                    while not until():
                        await asyncio.sleep(0.01)
            finally:
                # A listener that goes on would keep the server from closing.
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
        """The lines of the running hour."""
        folder = self.home / "collecting" / self.stream.dataset.provider.name
        return [json.loads(line) for file in sorted(folder.glob("*")) for line in file.read_text().splitlines()]

    def states(self) -> list[str]:
        return [
            line["state"] if "state" in line else "event" if "topic" in line["text"] else "other"
            for line in self.lines()
        ]

    def stored_responses(self) -> list[StoredResponse]:
        dataset = self.stream.dataset
        return list(Landing(self.home / "landing").all(dataset.provider.name, dataset.name))

    def over(self) -> list[StoredResponse]:
        """The hour is over: the next collector stores it."""
        Spool(self.stream, "wss://unused.invalid", self.home, NOON + HOUR).close()
        return self.stored_responses()


@contextmanager
def raw(home: Path, stream: Stream = BYBIT) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(home / "warehouse.duckdb") as connection:
        prepare(connection, [stream.dataset])
        yield connection


def rows_of(connection: duckdb.DuckDBPyConnection, stream: Stream = BYBIT) -> list[tuple[Any, ...]]:
    columns = "symbol, event_time, side, quantity, price, average_price, occurrence"
    return connection.execute(f"select {columns} from raw.{stream.dataset.table} order by all").fetchall()
