"""Figures and dates as an analyst writes them.

Belongs here: the spelling of a value. Not here: which value. Every function takes `None` for "not known" and
spells it as a dash: never as a zero.
"""

from datetime import date, datetime
from decimal import Decimal

Number = int | float | Decimal
UNKNOWN = "–"
SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
MINUS = "−"


def money(value: Number | None, *, signed: bool = False) -> str:
    """US dollars: `$103,261.60`, `$117.4 million`, `−$32.1 billion`; `signed` puts a plus before a gain."""
    if value is None:
        return UNKNOWN
    sign = _sign(value, signed)
    size = abs(float(value))
    for scale, name in SCALES:
        if size >= scale * 0.99995:
            return f"{sign}${size / scale:,.{_places(size / scale)}f} {name}"
    return f"{sign}${size:,.2f}" if size >= 1 or size == 0 else f"{sign}${size:.6f}"


def percent(ratio: Number | None, *, signed: bool = False) -> str:
    """A ratio (0.0642) as per cent (`6.42 %`)."""
    return UNKNOWN if ratio is None else f"{_sign(ratio, signed)}{abs(float(ratio)) * 100:,.2f} %"


def day_text(day: date | None) -> str:
    """`8 May 2025`."""
    return UNKNOWN if day is None else f"{day.day} {day:%b %Y}"


def long_day_text(day: date) -> str:
    """`Thursday, 8 May 2025`."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def instant_text(instant: datetime | None) -> str:
    """`12 May 2025 06:00 UTC`; instants are UTC."""
    return UNKNOWN if instant is None else f"{day_text(instant.date())} {instant:%H:%M} UTC"


def _sign(value: Number, signed: bool) -> str:
    return MINUS if value < 0 else "+" if signed and value > 0 else ""


def _places(shown: float) -> int:
    return 1 if shown >= 100 else 2 if shown >= 10 else 3
