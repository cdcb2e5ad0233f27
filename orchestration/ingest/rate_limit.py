"""How often an address may be requested: one rate limiter for all threads of a run, per address and key.

A request waits here for the provider's rate (a sliding window, counted by pyrate-limiter's bucket) and for any pause
that the provider demanded. A ban or a blocked region closes the limiter: no thread sends another request. Nothing here
knows HTTP except the names of a few headers.
"""

import email.utils
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from time import monotonic, sleep

from pyrate_limiter import InMemoryBucket, RateItem
from pyrate_limiter import Rate as BucketRate

from orchestration.sources.shared.contract import SourceRejected, SourceUnavailable
from orchestration.sources.shared.provider import Rate, UsageHeaders

Problem = SourceRejected | SourceUnavailable

SLACK_SECONDS, SLACK_SHARE = 0.05, 0.01
"""Added to each rate window: requests sent in time may arrive bunched together."""
RESERVE_SHARE = 0.05
"""Share of a provider's limit left for requests in flight and for the user's other programs."""
EPOCH_SECONDS_FROM, EPOCH_MILLISECONDS_FROM = 10**9, 10**11
"""Reset headers hold epoch seconds, epoch milliseconds or, below the first bound, seconds from now."""
LONGEST_BACKOFF_SECONDS = 8
"""The longest wait after a failure before one request probes whether the address works again."""
PROBE_POLL_SECONDS = 0.2
"""How often the other threads look whether the probe has ended."""


class Clock:
    """Time as the client sees it. Tests pass their own `pause`, or their own clock.

    A pause always counts as elapsed: a test's pause that returns at once moves this clock.
    """

    def __init__(
        self, pause: Callable[[float], object] = sleep, utc: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._pause = pause
        self._utc = utc
        self._skipped = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Seconds of a monotonic clock."""
        return monotonic() + self._skipped

    def utc(self) -> datetime:
        """The time of day, which providers use in their headers."""
        return self._utc()

    def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        until = self.now() + seconds
        self._pause(seconds)
        with self._lock:
            self._skipped += max(0.0, until - self.now())


@dataclass(frozen=True)
class Permit:
    """Leave to send one request. `failures`: how many failed in a row before it, for `failed` and `inconclusive`."""

    failures: int
    bucket: InMemoryBucket | None
    item: RateItem | None


class RateLimiter:
    """The rate limit of one address. Safe to share between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[Rate, InMemoryBucket] = {}
        self._paused_until = self._waited_until = clock.now()
        self._closed_by: Problem | None = None
        self._failures = self._given_up_count = 0
        self._is_probing = False
        self._backoff_until = clock.now()
        self.waited_seconds = 0.0
        """How long requests waited here; time in which several waited counts once."""

    def acquire(self, rate: Rate | None, weight: int = 1) -> Permit:
        """Wait until a request of `weight` may be sent; with `rate` None only pauses are waited for.

        After a failure one request at a time is sent until one succeeds, so that many threads retry as one. Raises the
        reason when the limiter is closed, also when that happens during the wait.
        """
        while True:
            granted = self._take_or_wait(rate, weight)
            if isinstance(granted, Permit):
                return granted
            self._clock.sleep(granted)

    def arrived(self, permit: Permit) -> None:
        """The request was responded to, or failed: from now on it counts as sent now.

        When exactly it reached the provider is not known. Counted from when it left, a request that took two seconds
        would let the next ones follow two seconds too early.
        """
        if permit.bucket is None or permit.item is None:
            return
        with self._lock:
            permit.item.timestamp = math.floor(self._clock.now() * 1000)
            if permit.item not in permit.bucket.items:  # it took longer than its window, so it was forgotten
                permit.bucket.items += [permit.item] * permit.item.weight
            permit.bucket.items.sort(key=attrgetter("timestamp"))

    def succeeded(self) -> None:
        """A request succeeded: the address works, whatever failed before."""
        with self._lock:
            self._failures = self._given_up_count = 0
            self._is_probing = False
            self._backoff_until = self._clock.now()

    def failed(self, failures_before: int) -> int:
        """A request failed that was sent after `failures_before` failures in a row. Returns how many there are now.

        Requests sent at the same time that fail together count once.
        """
        with self._lock:
            if failures_before == self._failures:
                self._failures += 1
                self._is_probing = False
                pause = min(2 ** (self._failures - 1), LONGEST_BACKOFF_SECONDS) if not self._given_up_count else 0
                self._backoff_until = self._clock.now() + pause
            return self._failures

    def inconclusive(self, failures_before: int) -> None:
        """A request ended in a way that does not show whether the address works."""
        with self._lock:
            if failures_before == self._failures:
                self._is_probing = False

    def give_up(self) -> int:
        """A request failed for good. Returns how many did in a row; from the first on there is no back-off."""
        with self._lock:
            self._given_up_count += 1
            self._backoff_until = self._clock.now()
            return self._given_up_count

    def pause(self, seconds: float) -> None:
        """Block all requests to this address for `seconds`."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock.now() + seconds)

    def close(self, reason: Problem) -> Problem:
        """Block all requests for the rest of the run. Returns the first reason given."""
        with self._lock:
            self._closed_by = self._closed_by or reason
            return self._closed_by

    def _take_or_wait(self, rate: Rate | None, weight: int) -> Permit | float:
        """Leave to send the request, which is counted then; else the seconds to wait."""
        with self._lock:
            if self._closed_by:
                raise self._closed_by
            now = self._clock.now()
            wait = max(self._paused_until, self._backoff_until) - now
            if wait <= 0 and self._is_probing:
                wait = PROBE_POLL_SECONDS
            if wait <= 0:
                granted = self._counted(rate, weight, now) if rate else Permit(self._failures, None, None)
                if isinstance(granted, Permit):
                    self._is_probing = self._failures > 0
                    return granted
                wait = granted
            self.waited_seconds += max(0.0, now + wait - max(now, self._waited_until))
            self._waited_until = max(self._waited_until, now + wait)
            return wait

    def _counted(self, rate: Rate, weight: int, now: float) -> Permit | float:
        """Leave to send the request where the rate has room, which counts it; else the seconds until it has."""
        if rate not in self._buckets:
            seconds = rate.seconds * (1 + SLACK_SHARE) + SLACK_SECONDS
            self._buckets[rate] = InMemoryBucket([BucketRate(rate.requests, math.ceil(seconds * 1000))])
        bucket = self._buckets[rate]
        stamp = math.floor(now * 1000)
        bucket.leak(stamp)
        item = RateItem("", stamp, min(weight, rate.requests))
        if bucket.put(item):
            return Permit(self._failures, bucket, item)
        return max(1, bucket.waiting(item)) / 1000  # type: ignore[type-var, operator]


def advised_pause(meter: UsageHeaders, rate: Rate, headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to pause before the provider's limit is reached, from its headers; None while there is room.

    Until the reset instant in the headers, else until the next full window: providers count calendar minutes.
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
