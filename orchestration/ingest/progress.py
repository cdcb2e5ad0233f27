"""What a run tells while it asks: how long the limits will make it take, and how far it is.

On a terminal a dataset has a live line with its requests, the time it waited for its provider's limit, and the time
it took, which goes when it is done; one plain line stays, as everywhere else. Dagster's own processes (the UI, its
daemon) have no terminal here and get the plain lines in their log.
"""

import math
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from orchestration.ingest.rate_limit import RateLimiter
from orchestration.sources.shared.contract import Dataset, Request
from orchestration.sources.shared.provider import Rate

WORTH_SAYING_SECONDS = 10

_live: bool = False


@contextmanager
def on_terminal() -> Iterator[None]:
    """While it lasts, datasets show a live line, where standard error is a terminal that can."""
    global _live
    console = Console(file=sys.stderr)
    _live = console.is_terminal and not console.is_dumb_terminal
    try:
        yield
    finally:
        _live = False


class FetchProgress:
    """One dataset being asked: what is planned, what is answered, and how long requests stood in line."""

    def __init__(
        self, dataset: Dataset, pace: RateLimiter | None = None, say: Callable[[str], None] | None = None
    ) -> None:
        self.dataset = dataset
        self._pace, self._say = pace, say
        self._waited_before = pace.waited_seconds if pace else 0.0
        self._started = perf_counter()
        self._lock = threading.Lock()
        self._display: Progress | None = None
        self.planned_count = self.answered_count = self.asked_count = 0

    def planned(self, requests: Iterable[Request], is_paced: bool) -> None:
        """Say how long the provider's limit will make these requests and what is known to follow them take."""
        known = [known for request in requests for known in (request, *request.follow_ups)]
        self.planned_count = len(known)
        rate = self.dataset.provider.rate
        seconds = expected_seconds((request.weight for request in known), rate) if is_paced else 0.0
        if seconds > WORTH_SAYING_SECONDS and self._say:
            self._say(
                f"{self.dataset.table}: {self.planned_count} requests or more, at {rate.requests} in "
                f"{rate.seconds:g} s of {self.dataset.provider.name}: about {duration(seconds)}"
            )
        self._refresh()

    def answered(self, was_asked: bool = True) -> None:
        """One more answer is there; not every one had to be asked for."""
        with self._lock:
            self.answered_count += 1
            self.asked_count += was_asked
        self._refresh()

    def followed(self, request: Request, following: Request | None) -> None:
        """What comes after `request` is known now: more than was expected, or less."""
        to_come = 1 + len(following.follow_ups) if following else 0
        with self._lock:
            self.planned_count += to_come - len(request.follow_ups)
        self._refresh()

    @property
    def waited_seconds(self) -> float:
        return self._pace.waited_seconds - self._waited_before if self._pace else 0.0

    def loading(self) -> None:
        """Everything is asked; the answers are being read."""
        if self._display:
            self._display.update(self._display.task_ids[0], description=f"{self.dataset.table} (loading)")

    def account(self, rows: int) -> str:
        """What it came to, in words: '270 rows from 12 requests in 31 s, 28 s of them waiting'."""
        requests = f"{self.asked_count} request{'' if self.asked_count == 1 else 's'}"
        waited = f", {duration(self.waited_seconds)} of it waiting" if self.waited_seconds >= 1 else ""
        return f"{rows:,} rows, {requests} in {duration(perf_counter() - self._started)}{waited}"

    @contextmanager
    def shown(self) -> Iterator["FetchProgress"]:
        """With a live line while it lasts, on a terminal."""
        with ExitStack() as stack:
            if _live:
                columns = (
                    SpinnerColumn(),
                    TextColumn("{task.description}"),
                    BarColumn(),
                    MofNCompleteColumn(),
                    TextColumn("requests, waited {task.fields[waited]},"),
                    TimeElapsedColumn(),
                )
                self._display = Progress(*columns, console=Console(file=sys.stderr), transient=True)
                self._display.add_task(self.dataset.table, total=None, waited="0 s")
                stack.enter_context(self._display)
            yield self

    def _refresh(self) -> None:
        if self._display:
            self._display.update(
                self._display.task_ids[0],
                completed=self.answered_count,
                total=self.planned_count,
                waited=duration(self.waited_seconds),
            )


def expected_seconds(weights: Iterable[int], rate: Rate) -> float:
    """How long the limit alone keeps these requests: the windows that pass before the last of them may leave."""
    whole = sum(min(weight, rate.requests) for weight in weights)
    return max(0, math.ceil(whole / rate.requests) - 1) * rate.seconds


def duration(seconds: float) -> str:
    """Seconds for people: '8 s', '12 min', '1 h 20 min'."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    return (f"{hours} h {rest} min" if rest else f"{hours} h") if hours else f"{minutes} min"
