"""How often an address is asked: one pace for all threads of a run, and for all providers at one address with one key.

A request waits here for its turn: for the provider's rate (a sliding window, counted by pyrate-limiter's bucket), and
while the address wants silence. What ends the asking altogether, a ban or a blocked region, ends it here, for everybody
and at once. Nothing here knows HTTP but the names of a few headers.
"""

import email.utils
import math
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import monotonic, sleep

from pyrate_limiter import InMemoryBucket, RateItem
from pyrate_limiter import Rate as BucketRate

from orchestration.sources.shared.contract import SourceRejected, SourceUnavailable
from orchestration.sources.shared.provider import Rate, UsageHeaders

Problem = SourceRejected | SourceUnavailable

SLACK_SECONDS, SLACK_SHARE = 0.05, 0.01
"""By how much a window is longer than the contract's: requests that left in time may arrive bunched together."""
RESERVE_SHARE = 0.05
"""Of a provider's limit: left to requests that are on their way, and to other programs of the user."""
EPOCH_SECONDS_FROM, EPOCH_MILLISECONDS_FROM = 10**9, 10**11
"""Smaller numbers are seconds from now: which of the three a header means differs between providers."""
LONGEST_DOUBT_SECONDS = 8
"""How long everybody waits after a failure before one request tries whether the address works again."""
LOOK_SECONDS = 0.2
"""How often the others look whether it does."""


class Clock:
    """Time as the client sees it. Tests put their own `pause`, or a clock of their own, in its place.

    A pause always counts as having passed: a test's pause that returns at once moves this clock.
    """

    def __init__(
        self, pause: Callable[[float], None] = sleep, utc: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._pause = pause
        self._utc = utc
        self._skipped = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Seconds of a clock that never goes back."""
        return monotonic() + self._skipped

    def utc(self) -> datetime:
        """The time of day, which providers name in their headers."""
        return self._utc()

    def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        until = self.now() + seconds
        self._pause(seconds)
        with self._lock:
            self._skipped += max(0.0, until - self.now())


class RateLimiter:
    """The pace of one address. Safe to share between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[Rate, InMemoryBucket] = {}
        self._quiet_until = self._waited_until = clock.now()
        self._ended: Problem | None = None
        self._failures = self._given_up = 0
        self._is_trying = False
        self._doubted_until = clock.now()
        self.sent_count = 0
        self.waited_seconds = 0.0
        """How long requests stood in line here; time in which several did counts once."""

    def acquire(self, rate: Rate | None, weight: int = 1) -> int:
        """Return when a request of `weight` may leave; `rate` None: only silence is kept.

        After a failure one request at a time leaves until one is answered: the retries of many threads are those of
        one. Returns how many failures in a row there were, to be given back to `failed` or `unsure`.
        Raises what ended the asking, also when that happens meanwhile.
        """
        while True:
            wait, failures = self._take_or_wait(rate, weight)
            if wait <= 0:
                return failures
            self._clock.sleep(wait)

    def answered(self) -> None:
        """The address works: whatever failed before."""
        with self._lock:
            self._failures = self._given_up = 0
            self._is_trying = False
            self._doubted_until = self._clock.now()

    def failed(self, turn: int) -> int:
        """A request failed that left when there were `turn` failures in a row. Returns how many there are now.

        Requests that left together fail together, and count once.
        """
        with self._lock:
            if turn == self._failures:
                self._failures += 1
                self._is_trying = False
                pause = min(2 ** (self._failures - 1), LONGEST_DOUBT_SECONDS) if not self._given_up else 0
                self._doubted_until = self._clock.now() + pause
            return self._failures

    def unsure(self, turn: int) -> None:
        """A request that left at `turn` ended in a way that says nothing about the address."""
        with self._lock:
            if turn == self._failures:
                self._is_trying = False

    def gave_up(self) -> int:
        """A request failed for good. Returns how many did so in a row; from the first on, nobody need wait."""
        with self._lock:
            self._given_up += 1
            self._doubted_until = self._clock.now()
            return self._given_up

    def pause(self, seconds: float) -> None:
        """Nobody asks for so long."""
        with self._lock:
            self._quiet_until = max(self._quiet_until, self._clock.now() + seconds)

    def end(self, reason: Problem) -> Problem:
        """Nobody asks any more in this run. Returns the first reason why."""
        with self._lock:
            self._ended = self._ended or reason
            return self._ended

    def _take_or_wait(self, rate: Rate | None, weight: int) -> tuple[float, int]:
        """0 when the request may leave, and is counted; else the seconds until it is worth trying again.

        Beside it the failures in a row.
        """
        with self._lock:
            if self._ended:
                raise self._ended
            now = self._clock.now()
            wait = max(self._quiet_until, self._doubted_until) - now
            if wait <= 0 and self._is_trying:
                wait = LOOK_SECONDS
            if wait <= 0:
                wait = self._missing_room(rate, weight, now) if rate else 0.0
            if wait <= 0:
                self.sent_count += 1
                self._is_trying = self._failures > 0
                return 0.0, self._failures
            self.waited_seconds += max(0.0, now + wait - max(now, self._waited_until))
            self._waited_until = max(self._waited_until, now + wait)
            return wait, self._failures

    def _missing_room(self, rate: Rate, weight: int, now: float) -> float:
        """Seconds until the rate has room; 0 when it has, and then the request is counted."""
        if rate not in self._buckets:
            seconds = rate.seconds * (1 + SLACK_SHARE) + SLACK_SECONDS
            self._buckets[rate] = InMemoryBucket([BucketRate(rate.requests, math.ceil(seconds * 1000))])
        bucket = self._buckets[rate]
        stamp = math.floor(now * 1000)
        bucket.leak(stamp)
        item = RateItem("", stamp, min(weight, rate.requests))
        return 0.0 if bucket.put(item) else max(1, bucket.waiting(item)) / 1000  # type: ignore[type-var, operator]


def advised_pause(meter: UsageHeaders, rate: Rate, headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds of silence before the provider's limit is reached, from what its answer tells; None while there is room.

    Until the instant that the provider names, else until its next full window: minutes are counted by the clock.
    """
    most = _number(headers, meter.limit) or meter.default_limit
    left = _number(headers, meter.remaining)
    used = _number(headers, meter.used)
    if left is None and used is not None and most is not None:
        left = most - used
    if left is None or left > (most or 0) * RESERVE_SHARE:
        return None
    reset = _number(headers, meter.reset)
    if reset is None:
        return rate.seconds - now.timestamp() % rate.seconds
    if reset >= EPOCH_SECONDS_FROM:
        reset = reset / (1000 if reset >= EPOCH_MILLISECONDS_FROM else 1) - now.timestamp()
    return max(0.0, reset)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds to wait, from either form of `Retry-After` (a number, possibly fractional, or a date)."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(header) - now).total_seconds())
    except (ValueError, TypeError):
        return None


def _number(headers: Mapping[str, str], name: str | None) -> float | None:
    try:
        return float(headers[name]) if name else None
    except (KeyError, ValueError):
        return None
