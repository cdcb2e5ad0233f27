"""The days that a brief compares: of one asset or of the whole market, with changes and sums over them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

SPARK_DAYS = 30
SESSIONS = 5
"""Sessions of funds that a brief shows."""
WEEK, MONTH = 7, 30


@dataclass(frozen=True)
class History:
    """The days of one asset, or of the whole market, up to a day: a figure per column, absent where there is none."""

    asset: str
    name: str
    day: date
    days: Mapping[date, Mapping[str, Any]] = field(repr=False)

    def at(self, column: str, back: int = 0) -> Any:
        """The figure `back` days before the day."""
        return self.days.get(self.day - timedelta(days=back), {}).get(column)

    def change(self, column: str, back: int) -> float | None:
        """The figure over that of `back` days before, minus one."""
        now, then = self.at(column), self.at(column, back)
        return float(now) / float(then) - 1 if now is not None and then else None

    def difference(self, column: str, back: int) -> float | None:
        now, then = self.at(column), self.at(column, back)
        return float(now) - float(then) if now is not None and then is not None else None

    def total(self, column: str, count: int) -> float | None:
        """The sum of the last `count` days; None without a figure."""
        values = [value for back in range(count) if (value := self.at(column, back)) is not None]
        return float(sum(values)) if values else None

    def last(self, column: str, count: int) -> tuple[float | None, ...]:
        values = (self.at(column, back) for back in range(count - 1, -1, -1))
        return tuple(None if value is None else float(value) for value in values)

    def before(self, column: str) -> list[float]:
        """Every earlier figure, newest first."""
        earlier = sorted((day for day in self.days if day < self.day), reverse=True)
        return [float(value) for day in earlier if (value := self.days[day].get(column)) is not None]
