"""Which rows are possible: sign and bounds of figures, the order of a bar's prices, the grid of timestamps.

Every dataset declares them (`Dataset.figures`, `bar`, `timestamps`), and every row is checked before it is stored
(`orchestration.raw.row_rules`). What is only implausible (a price that doubles) belongs in `data_checks`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EARLIEST = datetime(2009, 1, 3, tzinfo=UTC)
"""Bitcoin's first block: an earlier timestamp is an error."""


LARGEST = 10**15
"""No figure of a market reaches it, in dollars, coins or contracts, but how many coins there are (`SUPPLY`); what is
below it fits into every table, in sums of several, too."""
SMALLEST_PRICE, LARGEST_PRICE = Decimal("0.00000001"), 10**9
"""In dollars, of one coin; a smaller one would be 0 in the tables."""


@dataclass(frozen=True)
class Figure:
    """The valid range of a number: its bounds, included unless `excludes_bounds`, else what is smaller than `LARGEST`.

    `below` is another column, whose value must be larger. `unless` is a DuckDB condition on the row that lifts the
    bounds, for columns that hold figures of several kinds.
    """

    minimum: int | Decimal | None = None
    maximum: int | None = None
    excludes_bounds: bool = False
    may_be_missing: bool = False
    below: str | None = None
    unless: str = "false"

    @property
    def or_missing(self) -> "Figure":
        """The same range for a column that may be null."""
        return replace(self, may_be_missing=True)


SIGNED = Figure()
"""Flows, and numbers that are not measures, such as the id of a position."""
POSITIVE = Figure(minimum=0, excludes_bounds=True)
NOT_NEGATIVE = Figure(minimum=0)
PRICE = Figure(minimum=SMALLEST_PRICE, maximum=LARGEST_PRICE)
MARKET_CAP = Figure(minimum=1)
SUPPLY = Figure(minimum=0, maximum=10**18, excludes_bounds=True)
"""Coins that exist: SHIB began with 10^15."""
SHARE = Figure(minimum=0, maximum=1)
"""A share as a fraction."""
DOMINANCE = Figure(minimum=0, maximum=100, excludes_bounds=True)
"""A share of the market in percent: neither 0 nor 100."""
RATE = Figure(minimum=-1, maximum=1)
"""A funding rate as a fraction: a value beyond 1 is in percent."""


@dataclass(frozen=True)
class Bar:
    """The price columns of a bar: the high is the largest of them, the low the smallest."""

    open: str = "open"
    high: str = "high"
    low: str = "low"
    close: str = "close"


@dataclass(frozen=True)
class Timestamp:
    """How a column encodes an instant.

    `unit`: `s`, `ms` or `us` since 1970; `ms or us` for files that switched; `text` for an ISO text, a date or a
    timestamp, in UTC. `every` is the grid, from midnight in UTC. `is_requested`: a row outside of the requested window
    (both ends included) is an error. `is_end`: the end of a running bar, which may lie in the future.
    """

    unit: Literal["s", "ms", "us", "ms or us", "text"]
    every: timedelta | None = None
    is_requested: bool = False
    is_end: bool = False


def prices_of(bar: Bar) -> dict[str, Figure]:
    """The ranges of a bar's four prices: present and above 0."""
    return dict.fromkeys((bar.open, bar.high, bar.low, bar.close), POSITIVE)


def each(columns: Iterable[str], figure: Figure) -> dict[str, Figure]:
    """The same range for several columns."""
    return dict.fromkeys(columns, figure)
