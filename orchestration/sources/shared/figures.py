"""What a row can be: the sign and the bounds of its figures, the order of a bar's prices, the place of its stamps.

Every dataset declares it (`Dataset.figures`, `bar`, `stamps`), and every row is judged by it before it is stored
(`orchestration.raw.row_rules`). Here belongs what is impossible. What is only strange (a price that doubles) is for the
checks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EARLIEST = datetime(2009, 1, 3, tzinfo=UTC)
"""Bitcoin's first block: nothing that is stamped before it is a figure of this market."""


@dataclass(frozen=True)
class Figure:
    """What a number can be; without bounds any finite number fits. A bound is allowed unless `excludes_bounds`.

    `below` is another column, which it can't reach. `unless` is a DuckDB condition on the row under which it has no
    bounds, for columns that hold figures of several kinds.
    """

    minimum: int | None = None
    maximum: int | None = None
    excludes_bounds: bool = False
    may_be_missing: bool = False
    below: str | None = None
    unless: str = "false"

    @property
    def or_missing(self) -> "Figure":
        """The same figure where a row may lack it."""
        return replace(self, may_be_missing=True)


SIGNED = Figure()
"""Flows, and numbers that are no measure, such as the id of a position."""
POSITIVE = Figure(minimum=0, excludes_bounds=True)
NOT_NEGATIVE = Figure(minimum=0)
SHARE = Figure(minimum=0, maximum=1)
"""A part of the whole, as a fraction."""
DOMINANCE = Figure(minimum=0, maximum=100, excludes_bounds=True)
"""A part of the market in percent: neither nothing nor all of it."""
RATE = Figure(minimum=-1, maximum=1)
"""A funding rate as a fraction: beyond 1 it is in percent."""


@dataclass(frozen=True)
class Bar:
    """The columns of a bar's prices: the high is the highest of them, the low the lowest."""

    open: str = "open"
    high: str = "high"
    low: str = "low"
    close: str = "close"


@dataclass(frozen=True)
class Timestamp:
    """How a column names an instant.

    `unit`: `s`, `ms` or `us` since 1970; `ms or us` for files that changed over; `text` for an ISO text, a date or a
    timestamp, in UTC. `every` is the grid, counted from midnight in UTC. `is_asked`: outside of the window that was
    asked for there can be no row; both ends belong to it. `is_end`: the end of a running bar, which may be ahead.
    """

    unit: Literal["s", "ms", "us", "ms or us", "text"]
    every: timedelta | None = None
    is_requested: bool = False
    is_end: bool = False


def prices_of(bar: Bar) -> dict[str, Figure]:
    """All four prices of a bar are there and above 0."""
    return dict.fromkeys((bar.open, bar.high, bar.low, bar.close), POSITIVE)


def each(columns: Iterable[str], figure: Figure) -> dict[str, Figure]:
    """The same declaration for several columns."""
    return dict.fromkeys(columns, figure)
