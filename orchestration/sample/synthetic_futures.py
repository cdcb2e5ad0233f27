"""Futures figures that nobody published: liquidations, open interest, funding and ratios for the full sample market.

They follow the bundled liquidations of Binance: a venue has a constant share of them, an hour a constant share of its
day, an asset a constant share of the one whose price it follows. The same figures come every time.
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
"""Of the liquidations of the asset that is followed."""


@dataclass(frozen=True)
class Hour:
    """What is made up of one hour at one venue. `funding` is a fraction per 8 hours, `ratio` longs over shorts."""

    opens: datetime
    long_usd: Decimal
    short_usd: Decimal
    open_interest_usd: Decimal
    ratio: Decimal
    funding: Decimal
    price: Decimal


def asset_of(source: str, symbol: str) -> str | None:
    """The asset that `source` calls `symbol`; None for a name that is not in the seed."""
    return next((asset for asset, name in symbols(source).items() if name == symbol), None)


@cache
def hours(venue: str, asset: str) -> tuple[Hour, ...]:
    """Every made-up hour of a venue and an asset, oldest first; empty for an asset that is not followed."""
    try:
        leader, ratio = price_ratio(asset)
    except KeyError:
        return ()
    share = venue_share(venue) * (1 if leader == asset else FOLLOWER_SHARE)
    symbol = symbols("binance")[leader]
    bars = (line for line in figures("binance_klines_1d") if line["symbol"] == symbol)
    closes = {line["trade_date"]: Decimal(line["close"]) * ratio for line in bars}
    days = (line for line in figures("binance_liquidations_1d") if line["asset"] == leader)
    return tuple(hour for line in days for hour in _hours_of(line, share, closes[line["trade_date"]]))


def closed_or_running(venue: str, asset: str, now: datetime) -> Iterator[Hour]:
    """The hours that opened before `now`: the last one is running, and nothing is counted in it yet."""
    for hour in hours(venue, asset):
        if hour.opens + HOUR <= now:
            yield hour
        elif hour.opens < now:
            yield replace(hour, long_usd=Decimal(0), short_usd=Decimal(0))


def venue_share(venue: str) -> Decimal:
    """A venue's liquidations beside Binance's: between 0.2 and 1.2, the same every time."""
    return Decimal(20 + hashlib.sha256(venue.encode()).digest()[0] % 101) / 100


def _hours_of(line: Line, share: Decimal, price: Decimal) -> Iterator[Hour]:
    """24 hours whose parts add up to the venue's share of the day, to the cent."""
    opens = instant(line["trade_date"])
    weights = [byte + 1 for byte in hashlib.sha256(line["trade_date"].encode()).digest()[:24]]
    sides = [_parts((Decimal(line[side]) * share).quantize(CENT), weights) for side in ("long_usd", "short_usd")]
    for number, (longs, shorts) in enumerate(zip(*sides, strict=True)):
        turn = Decimal(weights[number]) / 256
        yield Hour(
            opens + number * HOUR,
            longs,
            shorts,
            (price * 40_000 * share * (1 + turn / 50)).quantize(CENT),
            (Decimal("0.8") + turn / 2).quantize(Decimal("0.0001")),
            (Decimal("0.00005") + (turn - Decimal("0.5")) / 10_000).quantize(Decimal("0.00000001")),
            price.quantize(Decimal("0.000001")),
        )


def _parts(total: Decimal, weights: list[int]) -> list[Decimal]:
    parts = [(total * weight / sum(weights)).quantize(CENT) for weight in weights[:-1]]
    return [*parts, total - sum(parts)]


@dataclass(frozen=True)
class Event:
    """One made-up liquidation of a position; `number` is its place among those of the market."""

    at: datetime
    side: str
    value_usd: Decimal
    price: Decimal
    number: int


def events(venue: str, asset: str, start: datetime, end: datetime) -> Iterator[Event]:
    """Two events per hour and side, which make what the hour has of it, in `[start, end)`, oldest first."""
    for place, hour in enumerate(hours(venue, asset)):
        if not start - HOUR < hour.opens < end:
            continue
        sides = (("long", hour.long_usd, 10), ("short", hour.short_usd, 25))
        parts = [(side, usd / 2, minute) for side, usd, first in sides for minute in (first, first + 30)]
        for number, (side, usd, minute) in enumerate(sorted(parts, key=lambda part: part[2])):
            at = hour.opens + timedelta(minutes=minute)
            if usd and start <= at < end:
                yield Event(at, side, usd, hour.price, 4 * place + number)


def levels(venue: str, asset: str, now: datetime) -> Iterator[tuple[datetime, Hour]]:
    """How things stood at the end of each hour up to `now`: the instant, and the hour that ended then."""
    for hour in hours(venue, asset):
        if hour.opens + HOUR <= now:
            yield hour.opens + HOUR, hour


def settlements(venue: str, asset: str, now: datetime) -> Iterator[tuple[datetime, Hour]]:
    """The ends of the hours at which an eight-hour rate is settled."""
    return ((at, hour) for at, hour in levels(venue, asset, now) if at.hour % 8 == 0)


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return int(moment.timestamp() * 1000)
