"""The progress of a run: how long the rate limits will make it take, and how far it is.

On a terminal each dataset that is being fetched has a live line with its requests, the time it waited for its
provider's limit, and when it is expected to end; the line disappears when the dataset is done, and one plain line
remains. Dagster's own processes (the UI, its daemon) have no terminal and get the plain lines in their log.
"""

import math
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter

from orchestration.ingest.rate_limit import RateLimiter
from orchestration.live_display import Line, line
from orchestration.sources.shared.contract import Dataset, Request
from orchestration.sources.shared.provider import Rate

WORTH_REPORTING_SECONDS = 10


class FetchProgress:
    """One dataset being fetched: expected requests, received responses, and how long requests waited.

    `report` takes a sentence.
    """

    def __init__(
        self, dataset: Dataset, rate_limiter: RateLimiter | None = None, report: Callable[[str], None] | None = None
    ) -> None:
        self.dataset = dataset
        self._rate_limiter, self._report = rate_limiter, report
        self._waited_before = rate_limiter.waited_seconds if rate_limiter else 0.0
        self._started = perf_counter()
        self._lock = threading.Lock()
        self._line = Line(None)
        self.expected_count = self.received_count = self.requested_count = 0

    def expect(self, requests: Iterable[Request], is_rate_limited: bool) -> None:
        """Report how long the provider's limit will make these requests, and those known to follow, take."""
        known = [known for request in requests for known in (request, *request.follow_ups)]
        self.expected_count = len(known)
        rate = self.dataset.provider.rate
        seconds = expected_seconds((request.weight for request in known), rate) if is_rate_limited else 0.0
        if seconds > WORTH_REPORTING_SECONDS and self._report:
            self._report(
                f"{self.dataset.table}: {self.expected_count} requests or more, at {rate.requests} in "
                f"{rate.seconds:g} s of {self.dataset.provider.name}: about {duration(seconds)}"
            )
        self._refresh()

    def received(self, was_requested: bool = True) -> None:
        """One more response is stored; not every one had to be requested."""
        with self._lock:
            self.received_count += 1
            self.requested_count += was_requested
        self._refresh()

    def expect_next(self, request: Request, following: Request | None) -> None:
        """The number of pages after `request` is known now; it may differ from what was expected."""
        to_come = 1 + len(following.follow_ups) if following else 0
        with self._lock:
            self.expected_count += to_come - len(request.follow_ups)
        self._refresh()

    @property
    def waited_seconds(self) -> float:
        return self._rate_limiter.waited_seconds - self._waited_before if self._rate_limiter else 0.0

    def summary(self, rows: int) -> str:
        """The result in words: '270 rows, 12 requests in 31 s, 28 s of it waiting'."""
        requests = f"{self.requested_count} request{'' if self.requested_count == 1 else 's'}"
        waited = f", {duration(self.waited_seconds)} of it waiting" if self.waited_seconds >= 1 else ""
        return f"{rows:,} rows, {requests} in {duration(perf_counter() - self._started)}{waited}"

    @contextmanager
    def shown(self) -> Iterator["FetchProgress"]:
        """Within it, with a live line on a terminal."""
        with line(self.dataset.table, "requests") as self._line:
            yield self

    def _refresh(self) -> None:
        note = f"requests, waited {duration(self.waited_seconds)}"
        self._line.update(self.received_count, self.expected_count, note)


def expected_seconds(weights: Iterable[int], rate: Rate) -> float:
    """How long the limit alone delays these requests: the windows that pass before the last one may be sent."""
    whole = sum(min(weight, rate.requests) for weight in weights)
    return max(0, math.ceil(whole / rate.requests) - 1) * rate.seconds


def duration(seconds: float) -> str:
    """Seconds for people: '8 s', '12 min', '1 h 20 min'."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    return (f"{hours} h {rest} min" if rest else f"{hours} h") if hours else f"{minutes} min"
