"""Figures and dates as an analyst writes them.

Belongs here: the spelling of a value. Not here: which value. Every function takes `None` for "not known" and
spells it as a dash: never as a zero.
"""

import csv
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from orchestration.project import SEEDS

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


def points(ratio: Number | None) -> str:
    """A difference of ratios (0.0123) in percentage points (`+1.23 pp`)."""
    return UNKNOWN if ratio is None else f"{_sign(ratio, True)}{abs(float(ratio)) * 100:,.2f} pp"


def exact(value: Number | None, unit: str = "$") -> str:
    """Every digit that is stored, for whoever points at a mark: `$57,781,833.61`."""
    if value is None:
        return UNKNOWN
    digits = (
        f"{abs(float(value)):,.8f}".rstrip("0").rstrip(".")
        if abs(float(value)) < 10
        else f"{abs(float(value)):,.2f}".removesuffix(".00")
    )
    return f"{_sign(value, False)}{unit}{digits}"


def millions(value: Number | None) -> str:
    """US dollars as the tables of ETF flows have them: millions with one decimal, `−95.1`."""
    return UNKNOWN if value is None else f"{_sign(value, False)}{abs(float(value)) / 1e6:,.1f}"


def price(value: Number | None) -> str:
    """A price of one coin in US dollars, with digits for coins below a dollar: `$0.2225`."""
    if value is None or abs(float(value)) >= 10:
        return money(value)
    return f"{_sign(value, False)}${abs(float(value)):.4g}"


def day_text(day: date | None) -> str:
    """`8 May 2025`."""
    return UNKNOWN if day is None else f"{day.day} {day:%b %Y}"


def long_day_text(day: date) -> str:
    """`Thursday, 8 May 2025`."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def instant_text(instant: datetime | None) -> str:
    """`12 May 2025 06:00 UTC`; instants are UTC."""
    return UNKNOWN if instant is None else f"{day_text(instant.date())} {instant:%H:%M} UTC"


def title(name: str) -> str:
    """A venue, scope or source as a reader knows it: 'Binance'. A name without a title stays as it is."""
    return _titles().get(name, (name, ""))[0]


def titles() -> tuple[list[str], list[str]]:
    """All names that have a title, and their titles in the same order."""
    return list(_titles()), [shown for shown, _ in _titles().values()]


def titled(text: str) -> str:
    """A text in which what only a system is called, such as 'coinalyze_all', has its title."""
    return re.sub(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", lambda name: title(name[0]), text)


def home_page(name: str) -> str:
    """The home page of a source; empty where it has none."""
    return _titles().get(name, (name, ""))[1]


@cache
def _titles() -> Mapping[str, tuple[str, str]]:
    """dbt reads the same file as a seed, so that sentences and tables name a venue alike."""
    with (SEEDS / "titles.csv").open(newline="", encoding="utf-8") as file:
        return {line["name"]: (line["title"], line["url"]) for line in csv.DictReader(file)}


def _sign(value: Number, signed: bool) -> str:
    return MINUS if value < 0 else "+" if signed and value > 0 else ""


def _places(shown: float) -> int:
    return 1 if shown >= 100 else 2 if shown >= 10 else 3
