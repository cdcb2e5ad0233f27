"""What: the metrics and statistics that the subject and the verb of an assertion mean, the nearest first."""

from collections.abc import Iterator
from dataclasses import replace

from orchestration.verify.amounts import Amount
from orchestration.verify.assertions import Assertion

MORE_THAN_A_SESSION = 2e9
"""USD that no session of the funds has brought: a text that has so much for a day may mean the sum since launch."""


def meant(assertion: Assertion) -> Iterator[tuple[str, tuple[str, ...], Amount | None]]:
    """(metric, statistics, the amount in the metric's terms) that the subject's words mean, the nearest first."""
    amount, side = assertion.amount, assertion.side
    if assertion.subject == "price":
        yield from _prices_meant(assertion)
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
    elif assertion.subject == "dominance":
        yield "btc_dominance_ratio", ("snapshot", *_price_statistics(assertion)), amount
    elif assertion.subject == "exchange":
        yield from _exchange_flows_meant(assertion)
    elif assertion.subject == "positioning":
        yield f"cme_{assertion.trader}_net_contracts", ("snapshot",), amount
    elif assertion.subject == "volatility":
        yield "implied_volatility_ratio", _price_statistics(assertion), _in_percent(amount)
    else:
        metric, statistic = {
            "funding": ("funding_rate_ratio", "mean"),
            "cme": ("cme_open_interest_contracts", "snapshot"),
            "volume": ("spot_volume_usd", "sum"),
            "long_short": ("long_short_account_ratio", "end"),
            "stablecoin": ("stablecoin_supply_usd", "end"),
            "sentiment": ("fear_greed_index_points", "open"),
        }[assertion.subject]
        yield metric, (statistic,), amount


def _prices_meant(assertion: Assertion) -> Iterator[tuple[str, tuple[str, ...], Amount | None]]:
    """A change or a level; of a record high of all times also what a vendor keeps as one, first where it is named."""
    amount, record = assertion.amount, assertion.record
    if assertion.kind == "change":
        yield "price_return_ratio", ("change",), amount
        return
    if assertion.is_perpetual:
        yield "perpetual_price_usd", _price_statistics(assertion), amount
        return
    levels = [("price_usd", _price_statistics(assertion), amount)]
    if record is not None and record.direction == "highest" and record.since is None and record.within is None:
        levels.append(("all_time_high_usd", ("high",), amount))
    yield from reversed(levels) if assertion.source == "coingecko" else levels


def _in_percent(amount: Amount | None) -> Amount | None:
    """A volatility of 45 is one of 45 %."""
    if amount is None or amount.unit != "number":
        return amount
    return replace(amount, value=amount.value / 100, half_unit=amount.half_unit / 100, unit="ratio")


def _exchange_flows_meant(assertion: Assertion) -> Iterator[tuple[str, tuple[str, ...], Amount | None]]:
    """What went in or out, and less what went the other way; of net flows the second alone."""
    unit = "usd" if assertion.amount is not None and assertion.amount.unit == "usd" else "coins"
    if not assertion.is_net and assertion.kind != "sign":
        yield f"exchange_{'out' if assertion.direction == 'down' else 'in'}flow_{unit}", ("sum",), assertion.amount
    yield f"exchange_net_inflow_{unit}", ("sum",), assertion.amount


def _flows_meant(assertion: Assertion) -> Iterator[tuple[str, tuple[str, ...], Amount | None]]:
    """The flow of a session or a period, and the sum since launch where the words may mean it."""
    amount = assertion.amount
    flows = (("etf_net_flow_usd", ("sum",), amount), ("etf_cumulative_net_flow_usd", ("end",), amount))
    if assertion.fund is not None or (amount is not None and not amount.value):
        # Of one fund the sum since launch is that of its sessions.
        yield flows[0]
        return
    if assertion.since_launch:
        yield flows[1]
        yield flows[0]
        return
    yield flows[0]
    is_period = assertion.time is not None and assertion.time.kind in ("period", "sessions")
    is_named = assertion.time is not None and assertion.time.kind not in ("rolling", "one_day")
    is_huge = amount is not None and amount.value >= MORE_THAN_A_SESSION
    is_total = assertion.fund is None and not is_period and assertion.kind == "level" and assertion.direction != "down"
    if is_total and (is_huge or not is_named):
        yield flows[1]


def _is_of_some_day(assertion: Assertion) -> bool:
    """Whether a price is compared on all days of a period: 'never traded above 105,000 in May'."""
    is_period = assertion.time is not None and assertion.time.kind in ("period", "sessions", "since")
    return is_period and assertion.comparator not in (None, "about")


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
    if hint == "at" and _is_of_some_day(assertion):
        return ("low", "close") if assertion.comparator in ("below", "at_most") else ("high", "close")
    if hint == "at":
        return ("close",) if assertion.comparator in (None, "about") else ("close", "high")
    return ("high", "close")
