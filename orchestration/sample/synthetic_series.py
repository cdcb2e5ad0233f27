"""Synthetic daily series for sources whose subjects have no bundled figures: supplies, flows, indices, positions.

Values are made from a hash of the series and the day, so that they are reproducible, differ every day and are no record
of any market (see SOURCES.md).
"""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from orchestration.sample.figures import figures

FIRST_DAY = date.fromisoformat(min(line["trade_date"] for line in figures("coinbase_candles_1d")))
"""The first bundled day of prices."""


def days_until(now: datetime, first: date = FIRST_DAY) -> Iterator[date]:
    """Every UTC day from `first` to the running one."""
    day = first
    while day <= now.date():
        yield day
        day += timedelta(days=1)


def noise(series: str, day: date) -> Decimal:
    """A number in [-1, 1] with four decimals, the same on every call."""
    digest = hashlib.sha256(f"{series} {day}".encode()).digest()
    return Decimal(int.from_bytes(digest[:2]) % 20_001 - 10_000) / 10_000


def level(series: str, day: date, base: str, growth_per_day: str = "0", spread: str = "0.01") -> Decimal:
    """`base` on the first day, growing by a fraction of it per day, with noise of up to `spread` of the level."""
    grown = Decimal(base) * (1 + Decimal(growth_per_day) * (day - FIRST_DAY).days)
    return grown * (1 + Decimal(spread) * noise(series, day))


def smoothed(series: str, day: date, days: int = 14) -> Decimal:
    """The mean of the noise of the last `days`: a number in [-1, 1] that moves slowly."""
    return sum((noise(series, day - timedelta(days=before)) for before in range(days)), Decimal(0)) / days
