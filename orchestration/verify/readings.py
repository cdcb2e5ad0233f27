"""The structured claims that an assertion's words allow, the one nearest to the words first.

Words leave open whether a high or a close is meant, the UTC day or the 24 hours up to some hour, one venue or all: each
combination that a release can be asked for is a reading of its own. What the words settle is not varied: 'closed at' is
a close, 'on Coinbase' is Coinbase. A text of a day without an hour may mean the 24 hours up to any hour of that day.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from orchestration.verify import lexicon
from orchestration.verify.amounts import Amount, tolerance
from orchestration.verify.assertions import Assertion
from orchestration.verify.catalogue import Catalogue
from orchestration.verify.claim import Claim
from orchestration.verify.lexer import Record
from orchestration.verify.times import Time

MIRRORED = {"above": "below", "below": "above", "at_least": "at_most", "at_most": "at_least", "about": "about"}
PRICE_COARSEST = 0.02
MORE_THAN_A_SESSION = 2e9
"""USD that no session of the funds has brought: a text that has so much for a day may mean the sum since launch."""
MANY_DIGITS = 5
"""A price with so many digits is taken as cut off, not only as rounded."""


@dataclass(frozen=True)
class Moment:
    """When a text was written: a UTC day, and the naive UTC instant where it is known."""

    day: date
    at: datetime | None = None

    @property
    def default_day(self) -> date:
        """The last UTC day that had ended."""
        return self.day - timedelta(days=1)


@dataclass(frozen=True)
class Reading:
    """One way to understand an assertion. `within` is the first day of the span of a record such as 'in two months';
    `note` says what this reading leaves out or supposes."""

    claim: Claim
    within: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Span:
    """The days that an assertion is about; `first` only of a period, `is_named` where the text names them."""

    first: date | None
    last: date
    is_named: bool


def readings(
    assertion: Assertion, moment: Moment, catalogue: Catalogue, before: Time | None, session: Callable[[date], date]
) -> list[Reading]:
    """Every reading of an assertion, the primary one first. `before` is the day named earlier in the text."""
    if assertion.kind == "streak" or assertion.asset is None:
        return []
    is_period = assertion.time is not None and assertion.time.kind == "period" and assertion.time.precision == "day"
    if is_period and assertion.subject == "price" and assertion.kind == "level" and assertion.hint == "at":
        # 'Climbed 5 % this week and changed hands at 2,345': the level is one of now.
        assertion = replace(assertion, time=None)
    span = span_of(assertion, moment, before, catalogue, session)
    is_of_some_day = span.first is not None and assertion.hint in ("close", "open") and assertion.subject == "price"
    if is_of_some_day and assertion.comparator not in (None, "about"):
        # Whether any day of a period closed so is another question than its last close.
        return []
    found: list[Reading] = []
    for metric, statistics, measure in _meant(assertion):
        for reading in _of_metric(assertion, metric, statistics, measure, span, moment, catalogue):
            if reading not in found:
                found.append(reading)
    source = assertion.source
    if assertion.subject in ("price", "volume") and source is not None and source not in catalogue.venues:
        found = [replace(one, note="; ".join(filter(None, (one.note, f"the text names {source}")))) for one in found]
    return found


def span_of(
    assertion: Assertion, moment: Moment, before: Time | None, catalogue: Catalogue, session: Callable[[date], date]
) -> Span:
    """The days of an assertion. Flows belong to sessions: without a named day it is the last session that had ended."""
    said = assertion.time
    reference = before.last if before is not None and before.last is not None else moment.default_day
    if said is not None and said.kind in ("that_day", "day_before") and said.last is not None:
        reference = said.last
    if said is None or said.kind in ("rolling", "one_day", "launch"):
        default = moment.default_day
        return Span(None, session(default) if assertion.subject == "etf" else default, False)
    if said.kind == "that_day":
        return Span(None, reference, True)
    if said.kind == "day_before":
        day = reference - timedelta(days=1)
        return Span(None, session(day) if assertion.subject == "etf" else day, True)
    if said.kind == "first_day":
        return Span(None, catalogue.launches.get(assertion.asset or "", reference), True)
    assert said.first is not None
    assert said.last is not None
    if said.kind == "since":
        # A move since a day begins at its close; flows count the day itself.
        skipped = timedelta(days=int(assertion.kind == "change" and said.precision == "day"))
        return Span(min(said.first + skipped, said.last), said.last, True)
    return Span(said.first if said.kind == "period" else None, said.last, True)


def _meant(assertion: Assertion) -> Iterator[tuple[str, tuple[str, ...], Amount | None]]:
    """(metric, statistics, the amount in the metric's terms) that the subject's words mean, the nearest first."""
    amount, side = assertion.amount, assertion.side
    if assertion.subject == "price":
        change = assertion.kind == "change"
        yield (
            ("price_return_ratio", ("change",), amount)
            if change
            else ("price_usd", _price_statistics(assertion), amount)
        )
    elif assertion.subject == "etf":
        yield from _flows_meant(assertion)
    elif assertion.subject == "liquidation":
        if assertion.kind == "share":
            yield "long_liquidation_share_ratio", ("share",), amount
        else:
            yield f"{side or 'total'}_liquidations_usd", ("sum",), amount
    elif assertion.subject == "cap":
        name = "ex_btc_market_cap" if assertion.ex_btc else "total_market_cap"
        if assertion.kind == "change":
            yield f"{name}_change_ratio", ("change",), amount
        else:
            yield f"{name}_usd", ("snapshot", *_price_statistics(assertion)), amount
    elif assertion.subject == "open_interest":
        change = assertion.kind == "change"
        yield ("open_interest_change_ratio", ("change",), amount) if change else ("open_interest_usd", ("end",), amount)
    else:
        metric, statistic = {
            "funding": ("funding_rate_ratio", "mean"),
            "dominance": ("btc_dominance_ratio", "snapshot"),
            "volume": ("spot_volume_usd", "sum"),
            "long_short": ("long_short_account_ratio", "end"),
        }[assertion.subject]
        yield metric, (statistic,), amount


def _flows_meant(assertion: Assertion) -> Iterator[tuple[str, tuple[str, ...], Amount | None]]:
    """The flow of a session or a period, and the sum since launch where the words may mean it."""
    amount = assertion.amount
    flows = (("etf_net_flow_usd", ("sum",), amount), ("etf_cumulative_net_flow_usd", ("end",), amount))
    if assertion.since_launch:
        yield flows[1]
        yield flows[0]
        return
    yield flows[0]
    is_period = assertion.time is not None and assertion.time.kind == "period"
    is_named = assertion.time is not None and assertion.time.kind not in ("rolling", "one_day")
    is_huge = amount is not None and amount.value >= MORE_THAN_A_SESSION
    is_total = assertion.fund is None and not is_period and assertion.kind == "level" and assertion.direction != "down"
    if is_total and (is_huge or not is_named):
        yield flows[1]


def _price_statistics(assertion: Assertion) -> tuple[str, ...]:
    """The statistics that the verb allows, the nearest first."""
    hint, direction = assertion.hint, assertion.direction
    if hint in ("close", "open"):
        return (hint,)
    if hint == "peak":
        return ("high",)
    if hint == "trough":
        return ("low",)
    if hint == "hold":
        held = {"above": "low", "at_least": "low", None: "low", "about": "close"}
        return (held.get(assertion.comparator, "high"),)
    if assertion.ends_a_move and hint is None:
        return ("close", "low" if direction == "down" else "high")
    is_low = assertion.record is not None and assertion.record.direction == "lowest"
    if (assertion.comparator in ("below", "at_most") and hint != "at") or direction == "down" or is_low:
        return ("low", "close")
    if hint == "at":
        return ("close",) if assertion.comparator in (None, "about") else ("close", "high")
    return ("high", "close")


def _of_metric(
    assertion: Assertion, metric: str, statistics: tuple[str, ...], amount: Amount | None, span: Span, moment: Moment,
    catalogue: Catalogue,
) -> Iterator[Reading]:  # fmt: skip
    assert assertion.asset is not None
    comparator, threshold = _level(assertion, metric, amount)
    slack = _slack(assertion, comparator, amount, threshold)
    for scope in _scopes(assertion, metric, catalogue):
        shapes = catalogue.shapes(metric, assertion.asset, scope)
        for statistic in statistics:
            for window, at, is_day in _windows(assertion, metric, scope, statistic, shapes, span, moment, catalogue):
                # The close of a period is that of its last day, the open that of its first.
                one_day = {"close": span.last, "open": span.first or span.last}.get(assertion.hint or "")
                day = one_day if one_day is not None and metric == "price_usd" else span.last
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
                    tolerance_ratio=slack,
                    claim_text=assertion.text,
                )
                yield from _with_record(assertion, claim, catalogue)
                yield from _as_a_size(assertion, claim)


def _as_a_size(assertion: Assertion, claim: Claim) -> Iterator[Reading]:
    """A 24-hour move 'of over 3 %' read as the size of the calendar day's: 2.5 to 3.5 %."""
    is_of_24h = assertion.time is not None and assertion.time.kind == "rolling"
    if assertion.kind != "change" or claim.comparator not in ("above", "below") or not claim.threshold or not is_of_24h:
        return
    if claim.time_window == "utc_day" and assertion.amount is not None:
        ratio = round(tolerance(assertion.amount), 6) + 1e-9
        about = replace(claim, comparator="about", tolerance_ratio=ratio)
        yield Reading(about, note=f"{assertion.text} read as the size of the day's move, as exactly as it is written")


def _with_record(assertion: Assertion, claim: Claim, catalogue: Catalogue) -> Iterator[Reading]:
    record = assertion.record
    if record is None:
        yield Reading(claim)
    elif claim.time_window == "rolling_24h" or claim.claim_date is None or claim.period_start_date is not None:
        if claim.comparator is not None:
            yield Reading(claim, note="the level alone: only days have a record")
    else:
        direction = _record_direction(assertion, record, claim.metric)
        told = replace(claim, record_direction=direction)
        if record.since is not None:
            precision = record.since.precision if record.since.kind == "period" else "day"
            yield Reading(replace(told, since_date=record.since.first, since_precision=precision))
        elif record.within is not None:
            yield Reading(replace(told, history_from_date=record.within.first), within=record.within.first)
        else:
            yield Reading(replace(told, history_from_date=_history_from(claim, catalogue)))


def _record_direction(assertion: Assertion, record: Record, metric: str) -> str:
    is_signed = (
        metric in ("etf_net_flow_usd", "price_return_ratio", "open_interest_change_ratio") or "change_ratio" in metric
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
    return catalogue.launched.get(claim.asset) if claim.metric == "price_usd" else None


def _level(assertion: Assertion, metric: str, amount: Amount | None) -> tuple[str | None, float | None]:
    """The comparator and the threshold, in the metric's unit and sign."""
    if amount is None:
        return None, None
    value, comparator = amount.value, assertion.comparator
    if assertion.kind == "sign" or (assertion.kind == "change" and not amount.value):
        return comparator or "above", 0.0
    if comparator is None and assertion.hint == "cross" and assertion.kind == "level":
        comparator = "above"
    if metric == "price_usd" or metric.endswith("market_cap_usd"):
        return _level_comparator(assertion), value
    is_down = assertion.direction == "down" and not amount.has_sign
    if assertion.kind == "change" or metric == "etf_net_flow_usd":
        return (MIRRORED[comparator or "about"], -value) if is_down else (comparator or "about", value)
    if metric == "long_liquidation_share_ratio" and assertion.side == "short":
        return MIRRORED[comparator or "about"], 1 - value
    if metric == "funding_rate_ratio" and assertion.direction == "down" and amount.value < 0:
        return comparator or "about", value
    return comparator or "about", value


def _level_comparator(assertion: Assertion) -> str:
    if assertion.comparator is not None:
        return assertion.comparator
    if assertion.hint == "cross":
        return "below" if assertion.direction == "down" else "above"
    is_reached = assertion.hint == "reach" and assertion.direction != "down"
    return "at_least" if is_reached or assertion.hint == "hold" else "about"


def _slack(assertion: Assertion, comparator: str | None, amount: Amount | None, threshold: float | None) -> float:
    """The rounding of the words as a part of the threshold."""
    if comparator != "about" or amount is None or not threshold:
        return 0.0
    is_price = assertion.subject == "price" and assertion.kind == "level"
    ratio = tolerance(amount, PRICE_COARSEST) if is_price else tolerance(amount)
    digits = len(assertion.text.replace(",", "").replace(".", "").strip("$ 0"))
    if is_price and digits >= MANY_DIGITS:
        ratio *= 2
    # A share of shorts is judged as one of longs: the width stays that of the words.
    return round(ratio * abs(amount.value / threshold), 6) + 1e-9


def _scopes(assertion: Assertion, metric: str, catalogue: Catalogue) -> list[str]:
    """The scopes that the words allow, the named one first. A named venue is the only one."""
    assert assertion.asset is not None
    family = catalogue.metrics[metric].family if metric in catalogue.metrics else ""
    if metric.startswith("etf_"):
        return [assertion.fund or "us_spot_etfs"]
    known = catalogue.scopes(metric, assertion.asset)
    default = catalogue.metrics[metric].default_scope
    source = assertion.source
    if source in catalogue.venues and not family.startswith("market_cap"):
        return [str(source)]
    named = lexicon.SCOPES.get((str(source), "market_cap" if family.startswith("market_cap") else family))
    if family.startswith("liquidation"):
        every = ["coinglass_all"] if assertion.every_venue else []
        return list(dict.fromkeys([*([named] if named else []), *every, *(known or [default]), "coinglass_all"]))
    return list(dict.fromkeys([*([named] if named else []), *(known or [default])]))


Window = tuple[str, datetime | None, bool]
"""(time_window, the instant of the claim, whether it is of days)."""


def _windows(
    assertion: Assertion, metric: str, scope: str, statistic: str, shapes: set[tuple[str, str]], span: Span,
    moment: Moment, catalogue: Catalogue,
) -> Iterator[Window]:  # fmt: skip
    """The windows of one statistic of one scope that the words allow, the nearest first."""
    said = assertion.time.kind if assertion.time is not None else None
    if metric.startswith("etf_"):
        yield "nyse_session", None, True
        return
    if "market_cap" in metric or metric == "btc_dominance_ratio":
        yield from _windows_of_the_market(metric, scope, statistic, shapes, span, moment)
        return
    is_open = said in (None, "rolling", "one_day")
    rolls = _rolls(metric, statistic, assertion, scope, catalogue)
    is_rolling_first = moment.at is not None and said == "rolling" and rolls
    if is_rolling_first:
        yield "rolling_24h", moment.at, False
    if (
        moment.at is not None
        and assertion.hint == "at"
        and said is None
        and metric == "price_usd"
        and statistic == "close"
    ):
        yield "instant", moment.at, False
    yield "utc_day", None, True
    if is_open and rolls and not is_rolling_first and metric not in ("spot_volume_usd",):
        yield from (("rolling_24h", at, False) for at in _hours(moment))
    elif said in ("rolling", "one_day") and scope == "coinglass_all" and statistic == "sum":
        yield "rolling_24h", moment.at or datetime.combine(moment.day, time()), False
    if said is None and assertion.hint == "at" and metric == "price_usd" and statistic == "close" and moment.at is None:
        yield from (
            ("instant", at, False) for at in _hours(moment) if ("price_usd", assertion.asset, scope) in catalogue.hours
        )


def _windows_of_the_market(
    metric: str, scope: str, statistic: str, shapes: set[tuple[str, str]], span: Span, moment: Moment
) -> Iterator[Window]:
    """Of capitalisations: a day's snapshot, or the bar of a day where a source has bars."""
    if metric in ("total_market_cap_usd", "ex_btc_market_cap_usd", "btc_dominance_ratio"):
        if ("instant", statistic) in shapes or (
            statistic == "snapshot" and not shapes and not scope.startswith("tradingview")
        ):
            yield "instant", None, True
        elif ("utc_day", statistic) in shapes or (
            not shapes and scope.startswith("tradingview") and statistic == "close"
        ):
            yield "utc_day", None, True
        return
    if metric.endswith("market_cap_change_ratio"):
        if ("utc_day", "change") in shapes or scope.startswith("tradingview"):
            yield "utc_day", None, True
        elif span.first is None:
            noon = datetime.combine(span.last + timedelta(days=1), time(12))
            yield "rolling_24h", noon if span.is_named or moment.at is None else moment.at, False
        return


def _rolls(metric: str, statistic: str, assertion: Assertion, scope: str, catalogue: Catalogue) -> bool:
    """Whether a release has rolling 24 hours of it."""
    table_metric = "price_usd" if metric == "price_return_ratio" else metric
    return (table_metric, assertion.asset, scope) in catalogue.hours and statistic in ("high", "low", "sum", "change")


def _hours(moment: Moment) -> list[datetime]:
    """The instant of the text, or every full hour of its day."""
    if moment.at is not None:
        return [moment.at]
    midnight = datetime.combine(moment.day, time())
    return [midnight + timedelta(hours=hour) for hour in range(24)]
