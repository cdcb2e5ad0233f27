"""Listening to streams as long as the process runs: reconnect, detect silence, and send an alert.

The typical failure of these streams is a connection that acknowledges and then sends nothing (a moved address, a
blocked region). Half an hour without one liquidation of Bitcoin or Ether counts as such: the time is not recorded as
covered, the connection is renewed, and one alert goes to the log and to `WAREHOUSE_ALERT_WEBHOOK`.
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
from orchestration.sources.shared.stream import UNREADABLE, Stream

log = logging.getLogger("warehouse.collect")


class Refused(Exception):
    """The venue did not accept a subscription."""


class Silent(Exception):
    """No message arrived for so long that the connection counts as broken."""


@dataclass(frozen=True)
class ReconnectDelay:
    """The collector's times, in seconds; tests shorten them."""

    silence: float = 1_800
    ping: float = 20
    reply_timeout: float = 20
    shortest_wait: float = 1
    longest_wait: float = 60
    tick: float = 1


@dataclass(frozen=True)
class CollectorContext:
    """The home for messages, where alerts go (`alert` takes a sentence), and the clock."""

    home: Path
    alert: Callable[[str], None]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    delays: ReconnectDelay = ReconnectDelay()


class Listener:
    """One venue. `watched` are the symbols that are never silent for long; `base_url` is without a path."""

    def __init__(
        self, stream: Stream, base_url: str, symbols: Sequence[str], watched: Sequence[str], context: CollectorContext
    ) -> None:
        self.stream, self.symbols, self.watched, self.context = stream, list(symbols), list(watched), context
        self.name = stream.dataset.provider.name
        self.url = base_url + stream.path(self.symbols)
        self.spool = Spool(stream, self.url, context.home, context.clock())
        self.last_message_at = context.clock()
        self._is_alarmed = False

    async def run(self) -> None:
        """Listen until cancelled. The running hour stays on disk."""
        ticking = asyncio.create_task(self._tick())
        failures = 0
        try:
            while True:
                started = self.context.clock()
                try:
                    await self._connection()
                except (OSError, TimeoutError, WebSocketException, Refused, Silent, ValueError) as problem:
                    # A silent connection is complete up to its last message, a broken one up to its end.
                    until = self.last_message_at if isinstance(problem, Silent) else self.context.clock()
                    self.spool.lost(self.context.clock(), until)
                    lasted = (self.context.clock() - started).total_seconds() > self.context.delays.longest_wait
                    failures = 1 if lasted else failures + 1
                    wait = min(
                        self.context.delays.longest_wait, self.context.delays.shortest_wait * 2 ** (failures - 1)
                    )
                    log.warning("%s: %s; connecting again in about %.0f s", self.name, _reason(problem), wait)
                    await asyncio.sleep(wait * random.uniform(0.5, 1))
        finally:
            ticking.cancel()
            self.spool.lost(self.context.clock(), self.context.clock())
            self.spool.close()

    async def _connection(self) -> None:
        """One connection until it ends, by an exception."""
        delays = self.context.delays
        async with connect(
            self.url,
            open_timeout=delays.reply_timeout,
            ping_interval=delays.ping,
            ping_timeout=delays.reply_timeout,
            proxy=None if is_loopback(self.url) else True,
        ) as socket:
            for subscription in self.stream.subscriptions(self.symbols):
                await socket.send(subscription)
                await self._accepted(socket)
            self.last_message_at = self.context.clock()
            self.spool.listening(self.last_message_at)
            log.info("%s: listening to %d contracts", self.name, len(self.symbols))
            pinged = asyncio.get_running_loop().time()
            while True:
                with suppress(TimeoutError):
                    # `wait_for` of Python 3.11 returns a message that arrives as we are cancelled, and we'd go on.
                    async with asyncio.timeout(delays.ping):
                        self._keep(await self._next(socket))
                if self.stream.ping and asyncio.get_running_loop().time() - pinged >= delays.ping:
                    await socket.send(self.stream.ping)
                    pinged = asyncio.get_running_loop().time()
                self._check_silence()

    async def _accepted(self, socket: ClientConnection) -> None:
        """The response to a subscription; events of an earlier one that come before it are kept."""
        async with asyncio.timeout(self.context.delays.reply_timeout):
            while True:
                text = await self._next(socket)
                verdict = self._verdict(text)
                if verdict is False:
                    raise Refused(f"the subscription was refused: {text[:300]}")
                self._keep(text)
                if verdict:
                    return

    async def _next(self, socket: ClientConnection) -> str:
        """The next message that is not a pong."""
        while (text := _text(await socket.recv())) == self.stream.pong:
            pass
        return text

    def _verdict(self, text: str) -> bool | None:
        """Whether it accepts a subscription; None for everything else, messages of an unknown shape included."""
        try:
            return self.stream.accepts(text)
        except UNREADABLE:
            return None

    def _keep(self, text: str) -> None:
        now = self.context.clock()
        if self.stream.keeps(text):
            self.spool.message(text, now)
        signs = [self.stream.sign_of_life] if self.stream.sign_of_life else self.watched
        if any(sign in text for sign in signs) and self._verdict(text) is None:
            self.last_message_at = now
            self._is_alarmed = False

    def _check_silence(self) -> None:
        """Raises Silent when no message arrived for too long, and sends an alert the first time."""
        quiet = self.context.clock() - self.last_message_at
        if quiet < timedelta(seconds=self.context.delays.silence):
            return
        event = "trade" if self.stream.sign_of_life else "liquidation"
        sentence = (
            f"{self.name} was silent for {quiet.total_seconds() / 60:.0f} minutes: not one {event} of "
            f"{' or '.join(self.watched)}; check the address ({self.stream.dataset.provider.url_variable}) and whether "
            f"the venue serves this region"
        )
        if not self._is_alarmed:
            log.warning(sentence)
            self.context.alert(sentence)
        self._is_alarmed = True
        raise Silent(sentence)

    async def _tick(self) -> None:
        """Store hours that end without a message, too."""
        while True:
            await asyncio.sleep(self.context.delays.tick)
            self.spool.turn(self.context.clock())


def _text(message: str | bytes) -> str:
    return message if isinstance(message, str) else message.decode()


def _reason(problem: BaseException) -> str:
    return str(problem) or type(problem).__name__
