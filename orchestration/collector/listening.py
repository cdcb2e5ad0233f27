"""Listening to streams for as long as the process lives: reconnect, notice silence, and tell somebody.

A connection that acknowledges and then sends nothing is the failure of these streams (a moved address, a blocked
region). Half an hour without one liquidation of Bitcoin or Ether is taken for it: the time is not counted as heard, the
connection is made anew, and the log and `WAREHOUSE_ALERT_WEBHOOK` are told, once until something is heard again.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from orchestration.collector.spool import Spool
from orchestration.ingest.sessions import is_loopback
from orchestration.sources.shared.stream import Stream

log = logging.getLogger("warehouse.collect")


class Refused(Exception):
    """The venue did not accept a subscription."""


class Silent(Exception):
    """Nothing came for so long that the connection is not believed."""


@dataclass(frozen=True)
class ReconnectDelay:
    """The collector's times, in seconds; tests shorten them."""

    silence: float = 1_800
    ping: float = 20
    answer: float = 10
    shortest_wait: float = 1
    longest_wait: float = 60
    tick: float = 1


@dataclass(frozen=True)
class CollectorContext:
    """Where lines go, who is told (`alert` takes a sentence), and what time it is."""

    home: Path
    alert: Callable[[str], None]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    pace: ReconnectDelay = ReconnectDelay()


class Listener:
    """One venue. `watched` are the symbols that are never silent for long; `base_url` is without a path."""

    def __init__(
        self, stream: Stream, base_url: str, symbols: Sequence[str], watched: Sequence[str], around: CollectorContext
    ) -> None:
        self.stream, self.symbols, self.watched, self.around = stream, list(symbols), list(watched), around
        self.name = stream.dataset.provider.name
        self.url = base_url + stream.path(self.symbols)
        self.spool = Spool(stream, self.url, around.home, around.clock())
        self.last_message_at = around.clock()
        self._is_alarmed = False

    async def run(self) -> None:
        """Until cancelled. The running hour is left on disk."""
        ticking = asyncio.create_task(self._tick())
        failures = 0
        try:
            while True:
                started = self.around.clock()
                try:
                    await self._connection()
                except (OSError, TimeoutError, WebSocketException, Refused, Silent, ValueError) as problem:
                    # A silent connection is whole up to what was heard last, a broken one up to its end.
                    until = self.last_message_at if isinstance(problem, Silent) else self.around.clock()
                    self.spool.lost(self.around.clock(), until)
                    stood = (self.around.clock() - started).total_seconds() > self.around.pace.longest_wait
                    failures = 1 if stood else failures + 1
                    wait = min(self.around.pace.longest_wait, self.around.pace.shortest_wait * 2 ** (failures - 1))
                    log.warning("%s: %s; connecting again in about %.0f s", self.name, _said(problem), wait)
                    await asyncio.sleep(wait * random.uniform(0.5, 1))
        finally:
            ticking.cancel()
            self.spool.lost(self.around.clock(), self.around.clock())
            self.spool.close()

    async def _connection(self) -> None:
        """One connection until it ends, by an exception."""
        pace = self.around.pace
        async with connect(
            self.url,
            open_timeout=pace.answer,
            ping_interval=pace.ping,
            ping_timeout=pace.ping,
            proxy=None if is_loopback(self.url) else True,
        ) as socket:
            for subscription in self.stream.subscriptions(self.symbols):
                await socket.send(subscription)
                await self._accepted(socket)
            self.last_message_at = self.around.clock()
            self.spool.listening(self.last_message_at)
            log.info("%s: listening to %d contracts", self.name, len(self.symbols))
            pinged = asyncio.get_running_loop().time()
            while True:
                with suppress(TimeoutError):
                    self._keep(await asyncio.wait_for(self._next(socket), pace.ping))
                if self.stream.ping and asyncio.get_running_loop().time() - pinged >= pace.ping:
                    await socket.send(self.stream.ping)
                    pinged = asyncio.get_running_loop().time()
                self._believe()

    async def _accepted(self, socket: ClientConnection) -> None:
        """The answer to a subscription; events of an earlier one that come before it are kept."""
        async with asyncio.timeout(self.around.pace.answer):
            while True:
                text = await self._next(socket)
                verdict = self.stream.accepts(text)
                if verdict is False:
                    raise Refused(f"the subscription was refused: {text[:300]}")
                self._keep(text)
                if verdict:
                    return

    async def _next(self, socket: ClientConnection) -> str:
        """The next message that says something."""
        while (text := _text(await socket.recv())) == self.stream.pong:
            pass
        return text

    def _keep(self, text: str) -> None:
        now = self.around.clock()
        self.spool.message(text, now)
        if any(symbol in text for symbol in self.watched) and self.stream.accepts(text) is None:
            self.last_message_at = now
            self._is_alarmed = False

    def _believe(self) -> None:
        """Raises Silent, and tells somebody the first time, when nothing was heard for too long."""
        quiet = self.around.clock() - self.last_message_at
        if quiet < timedelta(seconds=self.around.pace.silence):
            return
        words = (
            f"{self.name} was silent for {quiet.total_seconds() / 60:.0f} minutes: not one liquidation of "
            f"{' or '.join(self.watched)}; check the address ({self.stream.dataset.provider.url_variable}) and whether "
            f"the venue serves this region"
        )
        if not self._is_alarmed:
            log.warning(words)
            self.around.alert(words)
        self._is_alarmed = True
        raise Silent(words)

    async def _tick(self) -> None:
        """Hours end without a message, too."""
        while True:
            await asyncio.sleep(self.around.pace.tick)
            self.spool.turn(self.around.clock())


def _text(message: str | bytes) -> str:
    return message if isinstance(message, str) else message.decode()


def _said(problem: BaseException) -> str:
    return str(problem) or type(problem).__name__
