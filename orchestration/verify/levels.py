"""How much: the comparator, the threshold and the rounding of an assertion, in the unit and sign of a metric."""

from orchestration.verify.amounts import Amount, tolerance
from orchestration.verify.assertions import Assertion

MIRRORED = {"above": "below", "below": "above", "at_least": "at_most", "at_most": "at_least", "about": "about"}
PRICE_COARSEST = 0.02
NEARLY = 0.025
"""How much of a percentage words such as 'nearly' leave open where that is more than its last digit does."""
MANY_DIGITS = 5
"""A price with so many digits is taken as cut off, not only as rounded."""


def level(assertion: Assertion, metric: str, amount: Amount | None) -> tuple[str | None, float | None]:
    """The comparator and the threshold, in the metric's unit and sign."""
    if amount is None:
        return None, None
    value, comparator = amount.value, assertion.comparator
    if assertion.kind == "sign" or (assertion.kind == "change" and not amount.value):
        return comparator or "above", 0.0
    if comparator is None and assertion.hint == "cross" and assertion.kind == "level":
        comparator = "above"
    if metric in ("price_usd", "perpetual_price_usd") or metric.endswith("market_cap_usd"):
        return _level_comparator(assertion), value
    is_down = assertion.direction == "down" and not amount.has_sign
    is_short = metric.startswith("cme_") and assertion.side == "short" and not amount.has_sign
    is_signed = metric.startswith(("etf_", "exchange_net_"))
    if is_short:
        return MIRRORED[comparator or "about"], -value
    if assertion.kind == "change" or is_signed:
        # No flow at all is 0 in either direction, not -0.
        return (MIRRORED[comparator or "about"], -value or 0.0) if is_down else (comparator or "about", value)
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


def slack(assertion: Assertion, comparator: str | None, amount: Amount | None, threshold: float | None) -> float:
    """The rounding of the words as a part of the threshold."""
    if comparator != "about" or amount is None or not threshold:
        return 0.0
    is_price = assertion.subject == "price" and assertion.kind == "level"
    ratio = tolerance(amount, PRICE_COARSEST) if is_price else tolerance(amount)
    if amount.unit == "ratio" and assertion.comparator == "about":
        ratio = max(ratio, NEARLY)
    digits = len(assertion.text.replace(",", "").replace(".", "").strip("$ 0"))
    if is_price and digits >= MANY_DIGITS:
        ratio *= 2
    # A share of shorts is judged as one of longs: the width stays that of the words.
    return round(ratio * abs(amount.value / threshold), 6) + 1e-9
