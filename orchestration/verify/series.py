"""Where and over what: the scopes and the windows of a metric that the words of an assertion allow."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from orchestration.verify import lexicon
from orchestration.verify.assertions import Assertion
from orchestration.verify.catalogue import Catalogue
from orchestration.verify.spans import Moment, Span

EX_ETH = "_ex_eth"
"""The end of the names of scopes without Ether."""


def scopes(assertion: Assertion, metric: str, catalogue: Catalogue) -> list[str]:
    """The scopes that the words allow, the named one first. A named venue is the only one."""
    assert assertion.asset is not None
    family = catalogue.metrics[metric].family if metric in catalogue.metrics else ""
    if metric.startswith("etf_"):
        return [assertion.fund or "us_spot_etfs"]
    known = [
        one
        for one in catalogue.scopes(metric, assertion.asset)
        if one.endswith(EX_ETH) is assertion.ex_eth or not metric.startswith("ex_btc")
    ]
    if assertion.ex_eth and metric.startswith("ex_btc"):
        return list(known) or [f"tradingview_top125{EX_ETH}"]
    if metric.startswith(("cme_", "exchange_")):
        return list(known) or [catalogue.metrics[metric].default_scope]
    if metric == "all_time_high_usd":
        # A record of one venue is not a vendor's, and without a figure there is nothing to compare with.
        return [] if assertion.source in catalogue.venues else list(known)
    default = catalogue.metrics[metric].default_scope
    source = assertion.source
    if source in catalogue.venues and not family.startswith("market_cap"):
        return [str(source)]
    named = lexicon.SCOPES.get((str(source), "market_cap" if family.startswith("market_cap") else family))
    if metric == "stablecoin_supply_usd":
        # The supply on one chain is not what words about stablecoins mean.
        return [default]
    if family.startswith("liquidation"):
        every = ["coinglass_all"] if assertion.every_venue else []
        return list(dict.fromkeys([*([named] if named else []), *every, *(known or [default]), "coinglass_all"]))
    return list(dict.fromkeys([*([named] if named else []), *(known or [default])]))


Window = tuple[str, datetime | None, bool]
"""(time_window, the instant of the claim, whether it is of days)."""


def windows(
    assertion: Assertion, metric: str, scope: str, statistic: str, shapes: set[tuple[str, str]], span: Span,
    moment: Moment, catalogue: Catalogue,
) -> Iterator[Window]:  # fmt: skip
    """The windows of one statistic of one scope that the words allow, the nearest first."""
    kind = assertion.time.kind if assertion.time is not None else None
    if metric.startswith("etf_"):
        yield "nyse_session", None, True
        return
    if metric.startswith("cme_"):
        yield "instant", None, True
        return
    if "market_cap" in metric or metric == "btc_dominance_ratio":
        yield from _windows_of_the_market(metric, scope, statistic, shapes, span, moment)
        return
    is_open = kind in (None, "rolling", "one_day")
    rolls = _rolls(metric, statistic, assertion, scope, catalogue)
    is_rolling_first = moment.at is not None and kind == "rolling" and rolls
    # '24-hour low' is no day's, whether or not a release has one of the venue.
    is_missing = kind == "rolling" and not rolls and metric == "price_usd" and statistic in ("high", "low")
    if is_rolling_first or is_missing:
        yield "rolling_24h", moment.at or datetime.combine(moment.day, time()), False
    if (
        moment.at is not None
        and assertion.hint == "at"
        and kind in (None, "rolling")
        and metric == "price_usd"
        and statistic == "close"
    ):
        yield "instant", moment.at, False
    yield "utc_day", None, True
    if is_open and rolls and not is_rolling_first and metric not in ("spot_volume_usd",):
        yield from (("rolling_24h", at, False) for at in _hours(moment))
    elif kind in ("rolling", "one_day") and scope == "coinglass_all" and statistic == "sum":
        yield "rolling_24h", moment.at or datetime.combine(moment.day, time()), False
    if kind is None and assertion.hint == "at" and metric == "price_usd" and statistic == "close" and moment.at is None:
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
