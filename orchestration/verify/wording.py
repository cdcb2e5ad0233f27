"""How a claim was understood, in words."""

from collections.abc import Sequence
from datetime import date, datetime

from orchestration.verify.assertions import Assertion
from orchestration.verify.candidates import Candidate
from orchestration.verify.catalogue import Catalogue

COMPARED = {
    "above": "more than ",
    "at_least": "at least ",
    "about": "about ",
    "at_most": "at most ",
    "below": "less than ",
}


def read_as(assertion: Assertion, found: Sequence[Candidate], catalogue: Catalogue) -> str:
    """'spot price of BTC at least 104,000.00 USD, the highest since 31 January 2025; 8 May 2025'."""
    negation = "not: " if assertion.is_negated else ""
    asset = f"{assertion.asset} (named before)" if assertion.is_asset_from_before else str(assertion.asset)
    if assertion.kind == "streak" or not found:
        kind = "ETF net flow" if assertion.subject == "etf" else "price return"
        sign = "negative" if assertion.direction == "down" else "positive"
        return f"{negation}{sign} {kind} of {asset}, {assertion.streak} in a row"
    claim = found[0].claim
    title = catalogue.metrics[claim.metric].title + (" and Ether" if claim.scope.endswith("_ex_eth") else "")
    parts = [f"{title} of {asset}"]
    if claim.comparator and claim.threshold is not None:
        unit = catalogue.metrics[claim.metric].unit
        unit = "number" if claim.metric == "long_short_account_ratio" else unit
        parts.append(COMPARED[claim.comparator] + amount_words(claim.threshold, unit, claim.statistic))
    words = negation + " ".join(parts)
    if claim.record_direction:
        words += f", the {claim.record_direction}"
        if found[0].within:
            words += f" since before {day_words(found[0].within)}"
        elif claim.since_date:
            words += f" since {since_words(claim.since_date, claim.since_precision)}"
        else:
            words += " of all"
    return f"{words}; {_when(found[0])}"


def amount_words(value: float, unit: str, statistic: str) -> str:
    """A figure as a reader writes it: 40.8 billion USD, +3 %, 63.5 %."""
    if unit == "usd":
        for factor, name in ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")):
            if abs(value) >= factor:
                return f"{value / factor:,.10g}{name} USD"
        return f"{value:,.10g} USD" if abs(value) < 1000 else f"{value:,.2f}".removesuffix(".00") + " USD"
    if unit == "ratio":
        return f"{100 * value:+.6g} %" if statistic == "change" and value else f"{100 * value:.6g} %"
    number = f"{value:,.10g}"
    return f"{number} {unit}" if unit in ("coins", "contracts") else number


def _when(candidate: Candidate) -> str:
    claim = candidate.claim
    if claim.period_start_date and claim.claim_date:
        return f"{day_words(claim.period_start_date)} to {day_words(claim.claim_date)}"
    if claim.claim_date:
        return day_words(claim.claim_date)
    assert claim.claim_at is not None
    return (
        f"the 24 hours to {instant_words(claim.claim_at)}"
        if claim.time_window == "rolling_24h"
        else instant_words(claim.claim_at)
    )


def day_words(day: date) -> str:
    """'8 May 2025'."""
    return f"{day.day} {day:%B %Y}"


def since_words(day: date, precision: str | None) -> str:
    """A day, month or year, as exact as the claim is."""
    return f"{day:%B %Y}" if precision == "month" else f"{day:%Y}" if precision == "year" else day_words(day)


def instant_words(instant: datetime) -> str:
    """'9 May 2025 04:00 UTC'."""
    return f"{day_words(instant.date())} {instant:%H:%M} UTC"
