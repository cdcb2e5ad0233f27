"""When: the moment of a text, and the days that an assertion is about."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from orchestration.verify.assertions import Assertion
from orchestration.verify.catalogue import Catalogue
from orchestration.verify.clauses import RELATIVE
from orchestration.verify.times import Time

TUESDAY = 1


@dataclass(frozen=True)
class Moment:
    """When a text was written: a UTC day, and the naive UTC instant where it is known."""

    day: date
    at: datetime | None = None

    @property
    def default_day(self) -> date:
        """The last UTC day that had ended."""
        return self.day - timedelta(days=1)


def moment_of(assertion: Assertion, moment: Moment) -> tuple[Assertion, Moment]:
    """An assertion of a named hour as one of the instant at which it was that hour; others as they are."""
    if assertion.clock is None:
        return assertion, moment
    named = assertion.time.last if assertion.time is not None and assertion.time.kind == "day" else None
    at = assertion.clock.on(named or moment.day)
    if named is None and moment.at is not None and at > moment.at:
        at = assertion.clock.on(moment.day - timedelta(days=1))
    rolling = Time("rolling") if assertion.kind == "change" else None
    return replace(assertion, time=rolling, hint=assertion.hint or "at"), Moment(at.date(), at)


@dataclass(frozen=True)
class Span:
    """The days that an assertion is about; `first` only of a period, `is_named` where the text names them."""

    first: date | None
    last: date
    is_named: bool


def span_of(
    assertion: Assertion, moment: Moment, before: Time | None, catalogue: Catalogue, session: Callable[[date], date]
) -> Span:
    """The days of an assertion. Flows belong to sessions: without a named day it is the last session that had ended."""
    named = assertion.time
    reference = before.last if before is not None and before.last is not None else moment.default_day
    if named is not None and named.kind in RELATIVE and named.last is not None:
        reference = named.last
    if assertion.subject in ("positioning", "cme") and (named is None or named.kind == "period"):
        # Positions of a Tuesday are published on the Friday after it.
        until = moment.day - timedelta(days=3) if named is None or named.last is None else named.last
        return Span(None, until - timedelta(days=(until.weekday() - TUESDAY) % 7), named is not None)
    if named is None or named.kind in ("rolling", "one_day", "launch"):
        default = moment.default_day
        return Span(None, session(default) if assertion.subject == "etf" else default, False)
    if named.kind == "that_day":
        return Span(None, reference, True)
    if named.kind == "day_before":
        day = reference - timedelta(days=1)
        return Span(None, session(day) if assertion.subject == "etf" else day, True)
    if named.kind == "day_after":
        day = reference + timedelta(days=1)
        while assertion.subject == "etf" and session(day) < day < moment.day:
            day += timedelta(days=1)
        return Span(None, day, True)
    if named.kind == "first_day":
        return Span(None, catalogue.launches.get(assertion.asset or "", reference), True)
    if named.kind == "sessions":
        return _last_sessions(named.count or 1, assertion.subject == "etf", named.last or moment.default_day, session)
    assert named.first is not None
    assert named.last is not None
    if named.kind == "since":
        # A move since a day begins at its close, and what held since then or did not happen is of the days after it;
        # flows count the day itself.
        begins_after = assertion.kind == "change" or assertion.hint == "hold" or assertion.is_negated
        skipped = timedelta(days=int(begins_after and named.precision == "day"))
        return Span(min(named.first + skipped, named.last), named.last, True)
    return Span(named.first if named.kind == "period" else None, named.last, True)


def _last_sessions(count: int, is_of_flows: bool, day: date, session: Callable[[date], date]) -> Span:
    """The last `count` sessions up to `day`; of what is traded every day, days."""
    if not is_of_flows:
        return Span(day - timedelta(days=count - 1), day, True)
    first = last = session(day)
    for _ in range(count - 1):
        first = session(first - timedelta(days=1))
    return Span(first, last, True)
