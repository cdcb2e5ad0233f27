"""Synthetic futures figures for the full sample market: liquidations, open interest, funding and ratios.

They are derived from Binance's bundled liquidations: a venue has a constant share of them, an hour a constant share of
its day, an asset a constant share of the asset it follows. The figures are reproducible.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

from orchestration.sample.figures import figures, instant
from orchestration.sample.synthetic import Line, price_ratio
from orchestration.sources.shared.registry import symbols

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CENT = Decimal("0.01")
FOLLOWER_SHARE = Decimal("0.1")
"""The share of the liquidations of the followed asset."""


@dataclass(frozen=True)
class Hour:
    """Synthetic figures of one hour at one venue. `funding` is a fraction per 8 hours, `ratio` longs over shorts."""

    opens: datetime
    long_usd: Decimal
    short_usd: Decimal
    open_interest_usd: Decimal
    ratio: Decimal
    funding: Decimal
    price: Decimal


def asset_of(source: str, symbol: str) -> str | None:
    """The asset of `symbol` at `source`; None for a symbol that is not in the seed."""
    return next((asset for asset, name in symbols(source).items() if name == symbol), None)


@cache
def hours(venue: str, asset: str) -> tuple[Hour, ...]:
    """Every synthetic hour of a venue and an asset, oldest first; empty for an unknown asset."""
    return tuple(hour for day in _days(asset) for hour in _hours_of(venue, asset, day))


def closed_or_running(venue: str, asset: str, now: datetime) -> Iterator[Hour]:
    """The hours that opened before `now`, oldest first; the running one has no liquidations yet."""
    for hour in hours(venue, asset):
        if hour.opens + HOUR <= now:
            yield hour
        elif hour.opens < now:
            yield replace(hour, long_usd=Decimal(0), short_usd=Decimal(0))


def venue_share(venue: str) -> Decimal:
    """A venue's liquidations relative to Binance's: a constant between 0.2 and 1.2."""
    return Decimal(20 + hashlib.sha256(venue.encode()).digest()[0] % 101) / 100


@dataclass(frozen=True, eq=False)
class _Day:
    """The day of which synthetic hours are a share: of the followed asset, with its own price."""

    number: int
    opens: datetime
    line: Line
    share: Decimal
    price: Decimal


@cache
def _days(asset: str) -> tuple[_Day, ...]:
    """Every day of an asset, oldest first; empty for an unknown asset."""
    try:
        leader, ratio = price_ratio(asset)
    except KeyError:
        return ()
    share = Decimal(1) if leader == asset else FOLLOWER_SHARE
    symbol = symbols("binance")[leader]
    bars = (line for line in figures("binance_klines_1d") if line["symbol"] == symbol)
    closes = {line["trade_date"]: Decimal(line["close"]) * ratio for line in bars}
    lines = (line for line in figures("binance_liquidations_1d") if line["asset"] == leader)
    return tuple(
        _Day(number, instant(line["trade_date"]), line, share, closes[line["trade_date"]])
        for number, line in enumerate(lines)
    )


@cache
def _hours_of(venue: str, asset: str, day: _Day) -> tuple[Hour, ...]:
    """24 hours that add up to the venue's share of the day, to the cent."""
    share = venue_share(venue) * day.share
    weights = [byte + 1 for byte in hashlib.sha256(day.line["trade_date"].encode()).digest()[:24]]
    sides = [_parts((Decimal(day.line[side]) * share).quantize(CENT), weights) for side in ("long_usd", "short_usd")]
    return tuple(
        Hour(
            day.opens + number * HOUR,
            longs,
            shorts,
            (day.price * 40_000 * share * (1 + (turn := Decimal(weights[number]) / 256) / 50)).quantize(CENT),
            (Decimal("0.8") + turn / 2).quantize(Decimal("0.0001")),
            (Decimal("0.00005") + (turn - Decimal("0.5")) / 10_000).quantize(Decimal("0.00000001")),
            day.price.quantize(Decimal("0.000001")),
        )
        for number, (longs, shorts) in enumerate(zip(*sides, strict=True))
    )


def _parts(total: Decimal, weights: list[int]) -> list[Decimal]:
    parts = [(total * weight / sum(weights)).quantize(CENT) for weight in weights[:-1]]
    return [*parts, total - sum(parts)]


@dataclass(frozen=True)
class Event:
    """One synthetic liquidation of a position; `number` is unique within a market."""

    at: datetime
    side: str
    value_usd: Decimal
    price: Decimal
    number: int


def events(venue: str, asset: str, start: datetime, end: datetime) -> Iterator[Event]:
    """The events in `[start, end)`, oldest first: two per hour and side, which add up to the hour's liquidations."""
    near = [day for day in _days(asset) if start - HOUR - DAY < day.opens < end]
    placed = [
        (24 * day.number + number, hour) for day in near for number, hour in enumerate(_hours_of(venue, asset, day))
    ]
    for place, hour in placed:
        if not start - HOUR < hour.opens < end:
            continue
        sides = (("long", hour.long_usd, 10), ("short", hour.short_usd, 25))
        parts = [(side, usd / 2, minute) for side, usd, first in sides for minute in (first, first + 30)]
        for number, (side, usd, minute) in enumerate(sorted(parts, key=lambda part: part[2])):
            at = hour.opens + timedelta(minutes=minute)
            if usd and start <= at < end:
                yield Event(at, side, usd, hour.price, 4 * place + number)


def levels(venue: str, asset: str, now: datetime) -> Iterator[tuple[datetime, Hour]]:
    """The ends of the hours up to `now`, oldest first: the instant, and the hour that ended then."""
    for hour in hours(venue, asset):
        if hour.opens + HOUR <= now:
            yield hour.opens + HOUR, hour


def settlements(venue: str, asset: str, now: datetime) -> Iterator[tuple[datetime, Hour]]:
    """The instants up to `now` at which an eight-hour rate is settled, and the hours that ended then."""
    return ((at, hour) for at, hour in levels(venue, asset, now) if at.hour % 8 == 0)


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return int(moment.timestamp() * 1000)
