"""One figure with everything that makes it one: series, day, source, when it was learned, and its records.

Belongs here: reading figures from `fct_daily_metrics` and `fct_daily_records`, and the SQL that yields each again.
Not here: which figures a brief shows, and how they are spelled.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, order=True)
class Series:
    """What was measured: two figures that differ in any of these are two figures."""

    metric: str
    asset: str
    scope: str
    time_window: str
    statistic: str


@dataclass(frozen=True)
class Figure:
    """A daily figure. `observed_at` is naive UTC; `highest_since` is the last earlier day at or above it.

    `earlier_days` counts the days with a figure before it: what "highest since records began" is worth.
    """

    series: Series
    trade_date: date
    value: float
    unit: str
    source: str
    observed_at: datetime | None
    is_final: bool
    is_lower_bound: bool
    highest_since: date | None
    lowest_since: date | None
    is_record_high: bool
    is_record_low: bool
    history_start: date
    earlier_days: int

    @property
    def sql(self) -> str:
        """The query that gives this figure, ready for `warehouse sql`."""
        s = self.series
        return (
            f"select value, unit, source, observed_at, is_final, is_lower_bound\nfrom marts.fct_daily_metrics\n"
            f"where metric = {_quoted(s.metric)} and asset = {_quoted(s.asset)} and scope = {_quoted(s.scope)}\n"
            f"  and time_window = {_quoted(s.time_window)} and statistic = {_quoted(s.statistic)}\n"
            f"  and trade_date = date '{self.trade_date}'"
        )


NEWEST = """
select
    metric, asset, scope, time_window, statistic, trade_date, m.value, unit, source, observed_at, is_final,
    is_lower_bound, highest_since_date, lowest_since_date, is_record_high, is_record_low, history_start_date,
    earlier_days_count
from marts.fct_daily_metrics as m
join marts.fct_daily_records as r using (metric, asset, scope, time_window, statistic, trade_date)
where trade_date <= $day
qualify row_number() over (partition by metric, asset, scope, time_window, statistic order by trade_date desc) = 1
order by all
"""


def newest_figures(connection: "duckdb.DuckDBPyConnection", day: date) -> dict[Series, Figure]:
    """Every series' newest figure of `day` or before: the day's own where there is one, else how far it reaches."""
    rows = connection.execute(NEWEST, {"day": day}).fetchall()
    return {(series := Series(*row[:5])): Figure(series, *row[5:]) for row in rows}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
