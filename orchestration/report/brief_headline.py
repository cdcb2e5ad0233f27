"""The headline of a day: its most telling facts, ranked.

Belongs here: how telling a fact is. It scores by the size of the move against the asset's own distribution of a year,
by the record that it is and how far back that reaches, by a flip of sign after a long stretch, and by a restatement.
The market and Bitcoin count most. Not here: the figures (`brief_figures`) and what a record is (`rpt_records`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestration.report.brief_figures import Figures
from orchestration.report.brief_history import History
from orchestration.report.wording import day_text, money, percent, price, title

SHOWN = 4
ALIKE = 2
"""So many facts of one kind, such as prices, are enough."""
TELLING = 0.35
"""A fact below this is no news."""
FEWEST_DAYS = 90
"""A place among fewer days means little; the records ask for as many."""
USUAL = 0.8
"""Four of five days are smaller: from here on the size of a move counts."""
STRETCH = 3
"""A flow that turns after so many sessions of the other sign has flipped."""
FUNDING_STRETCH = 7
YEAR_DAYS = 365
RESTATED_SHARE = 0.1
LARGER_SHARE = 0.6
LARGE_MARKET_MOVE = 0.1
"""Snapshots of the market may have few days to compare with."""

Key = tuple[str, str, str, str]
"""Metric, asset, scope and statistic."""


@dataclass(frozen=True)
class Record:
    """A row of `rpt_records`. `since` is None for a record of the whole history, which began on `history_start`."""

    direction: str
    since: date | None
    since_days: int | None
    history_start: date

    @property
    def weight(self) -> float:
        """0 to 1: a record of the history, or how much of a year it reaches back."""
        return 1.0 if self.since is None else min((self.since_days or 0) / YEAR_DAYS, 1.0)

    def words(self, superlative: str) -> str:
        """'the highest close since 31 January 2025'."""
        reach = f"since {day_text(self.since)}" if self.since else f"of a history from {day_text(self.history_start)}"
        return f"{superlative} {reach}"


@dataclass(frozen=True)
class Fact:
    """A sentence for the headline; `topic` is its kind, and the asset."""

    score: float
    topic: str
    sentence: str
    metric: str


def headline(
    figures: Figures, records: Mapping[Key, Record], restated: Sequence[tuple[str, float | None]]
) -> list[str]:
    """The most telling facts as sentences, the first one first; never empty where the day has a price.

    `restated` are sentences of `rpt_restatements` with the change as a ratio.
    """
    found = [*_market(figures, records), *_restatements(restated)]
    for history in figures.assets:
        weight = _weight(history, figures)
        for fact in (*_price(history, records), *_flow(history, records), *_liquidations(history, figures, records)):
            found.append(Fact(fact.score * weight, fact.topic, fact.sentence, fact.metric))
        found += [Fact(f.score * weight, f.topic, f.sentence, f.metric) for f in _derivatives(history, records)]
    kinds: Counter[str] = Counter()
    sentences: list[str] = []
    for fact in sorted(found, key=lambda one: -one.score):
        kind = fact.topic.split()[0]
        if fact.score >= TELLING and kinds[kind] < ALIKE:
            kinds[kind] += 1
            sentences.append(fact.sentence)
    return sentences[:SHOWN] or _quiet(figures)


def _weight(history: History, figures: Figures) -> float:
    """Bitcoin 1, Ether nearly so, and less with every place after it."""
    return {"BTC": 1.0, "ETH": 0.85}.get(history.asset, max(0.65 - 0.03 * figures.order[history.asset], 0.3))


def _place(value: float | None, earlier: Sequence[float]) -> float:
    """How unusual the size of a value is, 0 to 1: above the usual days, by its place among them."""
    if value is None or len(earlier) < FEWEST_DAYS:
        return 0.0
    place = sum(abs(other) < abs(value) for other in earlier) / len(earlier)
    return max(place - USUAL, 0.0) / (1 - USUAL)


def _market(figures: Figures, records: Mapping[Key, Record]) -> Iterator[Fact]:
    market = figures.market
    change = market.change("ex_btc_usd", 1) if market else None
    if market is None or change is None:
        return
    direction = "highest" if change >= 0 else "lowest"
    record = records.get(("ex_btc_market_cap_usd", "ALL", figures.market_scope, "snapshot"))
    since = record if record and record.direction == direction else None
    sentence = (
        f"The market without Bitcoin {_moved(change)} to {money(market.at('ex_btc_usd'))} "
        f"({title(figures.market_scope)}){_tail(since, f'the {direction}')}."
    )
    size = min(abs(change) / LARGE_MARKET_MOVE, 1.0)
    yield Fact(0.9 * _either(size, since), "market", sentence, "ex_btc_market_cap_usd")


def _price(history: History, records: Mapping[Key, Record]) -> Iterator[Fact]:
    change, venue = history.at("return_ratio"), history.at("price_source")
    if change is None or not venue:
        return
    direction, edge = ("highest", "high") if change >= 0 else ("lowest", "low")
    close = _record(records, ("price_usd", history.asset, venue, "close"), direction)
    intraday = _record(records, ("price_usd", history.asset, venue, edge), direction)
    record = close or intraday
    words = f"the {direction} close" if close else f"with the {direction} intraday {edge}"
    sentence = (
        f"{history.name} {_moved(change)} to {price(history.at('close_usd'))} on {title(venue)}{_tail(record, words)}."
    )
    size = _place(change, history.before("return_ratio"))
    yield Fact(_either(size, record), f"price {history.asset}", sentence, "price_usd")


def _flow(history: History, records: Mapping[Key, Record]) -> Iterator[Fact]:
    flow = history.at("etf_net_flow_usd")
    if not flow:
        return
    flow, earlier = float(flow), history.before("etf_net_flow_usd")
    key = (history.asset, "us_spot_etfs")
    record = _record(records, ("etf_net_flow_usd", *key, "sum"), "highest" if flow > 0 else "lowest")
    total = _record(records, ("etf_cumulative_net_flow_usd", *key, "end"), "highest") if flow > 0 else None
    flip = _stretch(flow, earlier)
    largest = _tail(record, "the largest inflow" if flow > 0 else "the largest outflow")
    after = f", after {flip} sessions of {'outflows' if flow > 0 else 'inflows'}" if flip >= STRETCH else ""
    launch = history.at("etf_cumulative_net_flow_usd")
    since = f"; {money(launch)} since launch{', a record' if total else ''}" if launch is not None else ""
    verb = "took in" if flow > 0 else "lost"
    sentence = f"US spot {history.name} ETFs {verb} {money(abs(flow))}{largest}{after}{since}."
    flipped = min(flip / 10, 1.0) if flip >= STRETCH else 0.0
    score = max(_either(_place(flow, earlier), record), 0.5 + 0.4 * flipped if flipped else 0.0, 0.5 if total else 0.0)
    yield Fact(score, f"etf {history.asset}", sentence, "etf_net_flow_usd")


def _liquidations(history: History, figures: Figures, records: Mapping[Key, Record]) -> Iterator[Fact]:
    total, scope = history.at("total_liquidations_usd"), history.at("liquidation_scope")
    share = history.at("long_liquidation_share_ratio")
    if not total or not scope or share is None:
        return
    side, part = ("long", share) if share >= 0.5 else ("short", 1 - share)
    value = history.at(f"{side}_liquidations_usd")
    record = _record(records, (f"{side}_liquidations_usd", history.asset, scope, "sum"), "highest")
    of_day = figures.leverage.get((history.asset, scope), {})
    squeeze = of_day.get("is_short_squeeze") or of_day.get("is_long_flush")
    named = f": a {'short squeeze' if side == 'short' else 'long flush'} by our rule" if squeeze else ""
    sentence = (
        f"{money(value)} of {history.name} {side}s were liquidated ({title(scope)}, at least), "
        f"{100 * part:.0f} % of the sum{_tail(record, 'the most')}{named}."
    )
    size = _place(float(total), history.before("total_liquidations_usd")) * (1 if part >= LARGER_SHARE else 0.7)
    score = 0.95 * max(_either(size, record), 0.9 if squeeze else 0.0)
    yield Fact(score, f"liquidations {history.asset}", sentence, f"{side}_liquidations_usd")


def _derivatives(history: History, records: Mapping[Key, Record]) -> Iterator[Fact]:
    scope = history.at("derivatives_scope")
    funding = history.at("funding_rate_ratio")
    if not scope:
        return
    if funding:
        flip = _stretch(float(funding), history.before("funding_rate_ratio"))
        if flip >= FUNDING_STRETCH:
            sign = "positive" if funding > 0 else "negative"
            sentence = f"{history.name}'s funding turned {sign} after {flip} days ({title(scope)})."
            yield Fact(0.5 + 0.3 * min(flip / 30, 1.0), f"funding {history.asset}", sentence, "funding_rate_ratio")
    change = history.at("open_interest_change_ratio")
    if change is not None:
        direction = "highest" if change >= 0 else "lowest"
        record = _record(records, ("open_interest_usd", history.asset, scope, "end"), direction)
        sentence = (
            f"{history.name}'s open interest {_moved(change)} to {money(history.at('open_interest_usd'))} "
            f"({title(scope)}){_tail(record, f'the {direction}')}."
        )
        score = 0.8 * _either(_place(change, history.before("open_interest_change_ratio")), record)
        yield Fact(score, f"open interest {history.asset}", sentence, "open_interest_usd")


def _restatements(restated: Sequence[tuple[str, float | None]]) -> Iterator[Fact]:
    for sentence, change in restated:
        if change is None or abs(change) >= RESTATED_SHARE:
            size = 1.0 if change is None else min(abs(change), 1.0)
            yield Fact(0.6 + 0.2 * size, "restatement", sentence, "")


def _quiet(figures: Figures) -> list[str]:
    """What is written of a day on which nothing stands out."""
    for history in figures.assets:
        change = history.at("return_ratio")
        if history.at("close_usd") is not None:
            moved = f" {_moved(change)} to" if change is not None else " closed at"
            venue = title(history.at("price_source"))
            return [f"A quiet day: {history.name}{moved} {price(history.at('close_usd'))} on {venue}."]
    return []


def _record(records: Mapping[Key, Record], key: Key, direction: str) -> Record | None:
    found = records.get(key)
    return found if found and found.direction == direction else None


def _either(size: float, record: Record | None) -> float:
    """The larger of the two, and a little more where both hold."""
    reach = 0.5 + 0.5 * record.weight if record else 0.0
    return min(max(size, reach) + 0.1 * min(size, reach), 1.0)


def _stretch(value: float, earlier: Sequence[float]) -> int:
    """How many of the last figures had the other sign, without a break."""
    count = 0
    for other in earlier:
        if other * value >= 0:
            break
        count += 1
    return count


def _moved(change: Any) -> str:
    verb = "rose" if change > 0 else "fell" if change < 0 else "stayed, 0.00 %,"
    return f"{verb} {percent(abs(change))}" if change else verb


def _tail(record: Record | None, superlative: str) -> str:
    return f", {record.words(superlative)}" if record else ""
