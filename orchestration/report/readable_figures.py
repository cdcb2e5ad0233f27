"""Figures and instants as a terminal shows them: `40.81 bn`, `6.42 %`, `103,261.60`, `2025-05-12 06:00`.

Belongs here: the spelling of a column's values for people, who read figures rounded. Not here: the exact figures of
CSV, JSON and Markdown (`query_result`), and the words of the brief (`wording`).
"""

import math
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from orchestration.report.query_result import is_number, plain_text
from orchestration.report.wording import UNKNOWN

SCALES = ((1e12, "tn"), (1e9, "bn"), (1e6, "mn"))
DIGITS = 4
"""Significant digits of scaled figures and of fractions."""
SMALLEST = 1e-9
"""Smaller figures are written with an exponent."""
UNGROUPED_BELOW = 10_000
"""Integers below it may be years."""
VALUES = frozenset({"value", "measured_value", "old_value", "new_value", "threshold", "value_24h_ago"})
"""Columns of long tables, whose unit is that of the row."""


class Kind(Enum):
    """What a figure is. A percentage is stored as a fraction."""

    number = "number"
    money = "money"
    percentage = "percentage"


def kind_of(name: str) -> Kind:
    """The kind of a column, a metric or a unit, by the unit at the end of its name."""
    if name == "usd" or name.endswith("_usd"):
        return Kind.money
    # Longs over shorts: 1.85 accounts are long for one that is short.
    if (name == "ratio" or name.endswith("_ratio")) and "long_short" not in name:
        return Kind.percentage
    return Kind.number


def kinds_of_rows(columns: Sequence[str], rows: Sequence[tuple[Any, ...]], i: int) -> list[Kind]:
    """The kind of each value of column `i`; in a long table it is that of the row's metric or unit."""
    if columns[i] in VALUES:
        for name in ("metric", "unit"):
            if name in columns:
                where = list(columns).index(name)
                return [kind_of(str(row[where])) for row in rows]
    return [kind_of(columns[i])] * len(rows)


def readable_column(values: Sequence[Any], kinds: Sequence[Kind]) -> list[str]:
    """The texts of a column; a missing value is a dash. Decimals line up where the sizes allow it."""
    places = {kind: _shared_places(values, kinds, kind) for kind in set(kinds)}
    with_seconds = any(isinstance(value, datetime) and (value.second or value.microsecond) for value in values)
    return [_text(value, kind, places[kind], with_seconds) for value, kind in zip(values, kinds, strict=True)]


def readable_figure(value: float | Decimal | None, kind: Kind) -> str:
    """One figure by itself."""
    return readable_column([value], [kind])[0]


def is_rounded(value: Any, text: str) -> bool:
    """Whether the text shows fewer digits than a stored figure has. Floats are held to six digits."""
    if not is_number(value) or not math.isfinite(value):
        return False
    number, _, unit = text.partition(" ")
    scale = {"%": 0.01, **{name: size for size, name in SCALES}}.get(unit, 1.0)
    shown = float(number.replace(",", "")) * scale
    return not math.isclose(shown, float(value), rel_tol=1e-6, abs_tol=1e-12)


def _text(value: Any, kind: Kind, places: int, with_seconds: bool) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return UNKNOWN
    if isinstance(value, datetime) and not with_seconds:
        return value.isoformat(sep=" ", timespec="minutes")
    if not is_number(value):
        return plain_text(value)
    if isinstance(value, int) and kind is Kind.number:
        return str(value) if abs(value) < UNGROUPED_BELOW else f"{value:,}"
    number = float(value)
    if not math.isfinite(number):
        return str(number)
    unit = " %" if kind is Kind.percentage else ""
    return f"{_sized(number * (100 if unit else 1), kind, places)}{unit}"


def _sized(number: float, kind: Kind, places: int) -> str:
    """The number without a unit of its kind, scaled from a million on; `places` are the most that its column needs."""
    size = abs(number)
    if 0 < size < SMALLEST:
        return f"{number:.{DIGITS}g}"
    for scale, name in SCALES if kind is not Kind.percentage else ():
        # Not `1,000.0 mn`.
        if size >= scale * (1 - 0.5 * 10**-DIGITS):
            return f"{number / scale:,.{_fraction_places(max(1.0, size / scale))}f} {name}"
    # Not `-0`.
    return f"{number + 0.0:,.{min(places, _most_places(number, kind))}f}"


def _shared_places(values: Sequence[Any], kinds: Sequence[Kind], kind: Kind) -> int:
    """The decimal places that the column's figures below a million need; money with cents has two."""
    factor = 100 if kind is Kind.percentage else 1
    numbers = [
        float(value) * factor
        for value, own in zip(values, kinds, strict=True)
        if own is kind and is_number(value) and math.isfinite(value) and SMALLEST <= abs(value) * factor < 1e6
    ]
    needed = max((_needed_places(number, kind) for number in numbers), default=0)
    return 2 if needed == 1 and kind is not Kind.number else needed


def _needed_places(number: float, kind: Kind) -> int:
    """The places of the number after rounding, without zeros at the end."""
    digits = f"{number:.{_most_places(number, kind)}f}"
    return len(digits.rstrip("0").partition(".")[2]) if "." in digits else 0


def _most_places(number: float, kind: Kind) -> int:
    """Cents of thousands, four places of ones, and four digits of a fraction; a percentage has two places."""
    if abs(number) >= (0.1 if kind is Kind.percentage else 1_000):
        return 2
    return DIGITS if abs(number) >= 1 or number == 0 else _fraction_places(number)


def _fraction_places(number: float) -> int:
    """The places behind which four digits have been written."""
    return max(0, DIGITS - 1 - math.floor(math.log10(abs(number))))
