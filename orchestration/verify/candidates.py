"""The structured claims that an assertion's words allow, the one nearest to the words first.

Words leave open whether a high or a close is meant, the UTC day or the 24 hours up to some hour, one venue or all: each
combination that a release may have is a candidate. What the words settle is not varied: 'closed at' is
a close, 'on Coinbase' is Coinbase. A text of a day without an hour may mean the 24 hours up to any hour of that day.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from orchestration.verify.amounts import Amount, tolerance
from orchestration.verify.assertions import Assertion
from orchestration.verify.catalogue import Catalogue
from orchestration.verify.claim import Claim
from orchestration.verify.levels import level, slack
from orchestration.verify.lexer import Record
from orchestration.verify.meanings import meant
from orchestration.verify.series import scopes, windows
from orchestration.verify.spans import Moment, Span, span_of
from orchestration.verify.times import Time, regular_periods


@dataclass(frozen=True)
class Candidate:
    """One way to understand an assertion. `within` is the first day of the span of a record such as 'in two months';
    `note` says what this candidate leaves out or supposes; `named_source` is the provider that the text names where
    its own tally may differ from what is measured."""

    claim: Claim
    within: date | None = None
    note: str = ""
    named_source: str | None = None


def candidates(
    assertion: Assertion, moment: Moment, catalogue: Catalogue, before: Time | None, session: Callable[[date], date]
) -> list[Candidate]:
    """Every candidate of an assertion, the primary one first. `before` is the day named earlier in the text."""
    if assertion.kind == "streak" or assertion.asset is None:
        return []
    time = assertion.time
    if time is not None and time.kind == "regular":
        readings = regular_periods(time.precision, moment.day, assertion.subject == "etf")
        return _of_periods(assertion, readings, moment, catalogue, before, session)
    if assertion.subject == "etf" and time is not None and time.kind == "period" and time.count:
        # 'Over the past three days' of flows: the last three sessions, or the sessions of the last three days.
        readings = (Time("sessions", count=time.count), replace(time, count=None))
        return _of_periods(assertion, readings, moment, catalogue, before, session)
    is_period = assertion.time is not None and assertion.time.kind == "period" and assertion.time.precision == "day"
    is_of_now = assertion.hint == "at" and assertion.comparator in (None, "about")
    if assertion.time is not None and assertion.time.kind == "since" and _is_a_level_of_now(assertion):
        # 'Its price of 103,261 is up threefold since 2023': the level is one of now.
        assertion = replace(assertion, time=None)
    if is_period and assertion.subject == "price" and assertion.kind == "level" and is_of_now:
        if assertion.time is not None and assertion.time.last is not None and assertion.time.last < moment.default_day:
            # 'Traded at 97,000 last week': at some time of it, which any price of the week would fit.
            return []
        # 'Climbed 5 % this week and changed hands at 2,345': the level is one of now.
        assertion = replace(assertion, time=None)
    launch = catalogue.fund_launches.get(assertion.fund or "") if assertion.since_launch else None
    if launch is not None and (assertion.time is None or assertion.time.kind != "day"):
        assertion = replace(assertion, time=Time("period", launch, session(moment.default_day)))
    span = span_of(assertion, moment, before, catalogue, session)
    is_of_some_day = span.first is not None and assertion.hint in ("close", "open") and assertion.subject == "price"
    if is_of_some_day and assertion.comparator not in (None, "about"):
        # Whether any day of a period closed so is another question than its last close.
        return []
    if span.first is not None and assertion.kind == "sign" and assertion.subject == "etf" and assertion.is_negated:
        # 'Not an outflow since April' is about each session, not about their sum.
        return []
    found: list[Candidate] = []
    for metric, statistics, measure in meant(assertion):
        if metric not in catalogue.metrics:
            # A release of an earlier version has fewer.
            continue
        for candidate in _of_metric(assertion, metric, statistics, measure, span, moment, catalogue):
            if candidate not in found:
                found.append(candidate)
    if assertion.subject in ("price", "volume", "etf") and _names_another_source(assertion, catalogue):
        found = [replace(one, named_source=assertion.source) for one in found]
    return found


def _names_another_source(assertion: Assertion, catalogue: Catalogue) -> bool:
    """Whether the text names a source that is no venue, whose tally may differ from what is measured."""
    return assertion.source is not None and assertion.source not in catalogue.venues


def _of_periods(
    assertion: Assertion, periods: Sequence[Time], moment: Moment, catalogue: Catalogue, before: Time | None,
    session: Callable[[date], date],
) -> list[Candidate]:  # fmt: skip
    """The candidates for each of the periods that the words may mean."""
    found = [
        candidate
        for time in periods
        for candidate in candidates(replace(assertion, time=time), moment, catalogue, before, session)
    ]
    return list(dict.fromkeys(found))


def _is_a_level_of_now(assertion: Assertion) -> bool:
    is_bare = assertion.comparator in (None, "about") and assertion.hint not in ("peak", "trough", "reach", "cross")
    return assertion.subject == "price" and assertion.kind == "level" and is_bare


def _of_metric(
    assertion: Assertion, metric: str, statistics: tuple[str, ...], amount: Amount | None, span: Span, moment: Moment,
    catalogue: Catalogue,
) -> Iterator[Candidate]:  # fmt: skip
    assert assertion.asset is not None
    comparator, threshold = level(assertion, metric, amount)
    rounding = slack(assertion, comparator, amount, threshold)
    for scope in scopes(assertion, metric, catalogue):
        shapes = catalogue.shapes(metric, assertion.asset, scope)
        for statistic in statistics:
            for window, at, is_day in windows(assertion, metric, scope, statistic, shapes, span, moment, catalogue):
                # The close of a period is that of its last day, the open that of its first.
                one_day = {"close": span.last, "open": span.first or span.last}.get(assertion.hint or "")
                day = one_day if one_day is not None and metric in ("price_usd", "perpetual_price_usd") else span.last
                claim = Claim(
                    metric=metric,
                    asset=assertion.asset,
                    scope=scope,
                    time_window=window,
                    statistic=statistic,
                    claim_date=day if is_day else None,
                    claim_at=at,
                    period_start_date=span.first
                    if is_day and day == span.last and span.first != day and not one_day
                    else None,
                    comparator=comparator,
                    threshold=threshold,
                    tolerance_ratio=rounding,
                    claim_text=assertion.text,
                )
                yield from _with_record(assertion, claim, catalogue)
                yield from _as_a_size(assertion, claim)
                yield from _as_a_bound(assertion, claim)


def _as_a_size(assertion: Assertion, claim: Claim) -> Iterator[Candidate]:
    """A 24-hour move 'of over 3 %' read as the size of the calendar day's: 2.5 to 3.5 %."""
    is_of_24h = assertion.time is not None and assertion.time.kind == "rolling"
    if assertion.kind != "change" or claim.comparator not in ("above", "below") or not claim.threshold or not is_of_24h:
        return
    if claim.time_window == "utc_day" and assertion.amount is not None:
        ratio = round(tolerance(assertion.amount), 6) + 1e-9
        about = replace(claim, comparator="about", tolerance_ratio=ratio)
        yield Candidate(about, note=f"{assertion.text} read as the size of the day's move, as exactly as it is written")


def _as_a_bound(assertion: Assertion, claim: Claim) -> Iterator[Candidate]:
    """'Between 96,000 and 104,100' read as the range that no trade left, wherever in it the extremes are."""
    if assertion.is_bound and claim.threshold is not None:
        comparator = "at_least" if assertion.hint == "trough" else "at_most"
        inside = replace(claim, comparator=comparator, tolerance_ratio=0.0)
        yield Candidate(inside, note="read as the range that no trade left")


def _with_record(assertion: Assertion, claim: Claim, catalogue: Catalogue) -> Iterator[Candidate]:
    record = assertion.record
    if record is None:
        yield Candidate(claim)
    elif claim.time_window == "rolling_24h" or claim.claim_date is None or claim.period_start_date is not None:
        if claim.comparator is not None:
            yield Candidate(claim, note="the level alone: only days have a record")
    else:
        direction = _record_direction(assertion, record, claim.metric)
        directed = replace(claim, record_direction=direction)
        if record.since is not None:
            precision = record.since.precision if record.since.kind == "period" else "day"
            yield Candidate(replace(directed, since_date=record.since.first, since_precision=precision))
        elif record.within is not None:
            yield Candidate(replace(directed, history_from_date=record.within.first), within=record.within.first)
        else:
            yield Candidate(replace(directed, history_from_date=_history_from(claim, catalogue)))


def _record_direction(assertion: Assertion, record: Record, metric: str) -> str:
    is_signed = (
        metric in ("etf_net_flow_usd", "price_return_ratio", "open_interest_change_ratio")
        or "change_ratio" in metric
        or metric.startswith("exchange_net_")
    )
    if is_signed and assertion.direction == "down" and record.direction == "highest":
        return "lowest"
    if metric == "long_liquidation_share_ratio" and assertion.side == "short":
        return "lowest" if record.direction == "highest" else "highest"
    return record.direction


def _history_from(claim: Claim, catalogue: Catalogue) -> date | None:
    """From when on a history must reach to prove a record of all times; None: nothing proves it."""
    if claim.metric.startswith("etf_"):
        return catalogue.launches.get(claim.asset)
    return catalogue.launched.get(claim.asset) if claim.metric in ("price_usd", "all_time_high_usd") else None
