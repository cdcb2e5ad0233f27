"""Figures of an open release by the parts of their key, each with its definition, its source and when it was observed.

Belongs here: looking figures up. Not here: judging claims (`judgement`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from orchestration.verify.models_sql import figure_words

if TYPE_CHECKING:
    import duckdb

PRESENT = """
select
    daily.metric, daily.asset, daily.scope, daily.time_window, daily.statistic, daily.trade_date as date,
    cast(null as timestamp) as at, daily.value, daily.unit, {words} as value_words,
    metrics.title || ': ' || metrics.definition as definition, daily.source, daily.observed_at, daily.is_final,
    daily.is_lower_bound, records.highest_since_date, records.lowest_since_date, records.is_record_high,
    records.is_record_low, records.history_start_date,
from fct_daily_metrics as daily
inner join dim_metrics as metrics on daily.metric = metrics.metric
left join fct_daily_records as records
    on daily.metric = records.metric and daily.asset = records.asset and daily.scope = records.scope
    and daily.time_window = records.time_window and daily.statistic = records.statistic
    and daily.trade_date = records.trade_date
"""
KEY = "daily.metric = $metric and daily.asset = $asset and daily.scope = $scope"
SHAPE = "daily.time_window = $time_window and daily.statistic = $statistic"
REVISIONS = """
select observed_at, old_value, new_value, change_ratio, source from fct_revisions
where metric = $metric and asset = $asset and scope = $scope and time_window = $time_window
and statistic = $statistic and trade_date = $date order by observed_at
"""
ROLLING_COLUMNS = {"change": "change_ratio", "high": "high_24h", "low": "low_24h", "sum": "sum_24h"}
ROLLING_TABLES = {
    "price_return_ratio": "price_usd",
    "total_market_cap_change_ratio": "total_market_cap_usd",
    "ex_btc_market_cap_change_ratio": "ex_btc_market_cap_usd",
}


class NoFigure(LookupError):
    """There is no such figure; the message says why and what there is instead."""


@dataclass(frozen=True)
class Revision:
    """A restatement: the value before and after it, and the naive UTC instant at which it was observed."""

    observed_at: datetime
    old_value: float | None
    new_value: float | None
    change_ratio: float | None
    source: str | None


@dataclass(frozen=True)
class RecordOfDay:
    """Since when a figure was not as high or low: the last earlier day at least so; None for a record."""

    highest_since_date: date | None
    lowest_since_date: date | None
    is_record_high: bool
    is_record_low: bool
    history_start_date: date


@dataclass(frozen=True)
class Figure:
    """One figure with its whole identity. `date` is its UTC day or session, `at` the instant of one that is no day's.

    `as_of` is the instant of knowledge that it was asked for (None: all that the release knows); `release` the version.
    Instants are naive UTC.
    """

    metric: str
    asset: str
    scope: str
    time_window: str
    statistic: str
    date: date | None
    at: datetime | None
    value: float
    unit: str
    value_words: str
    definition: str
    source: str
    observed_at: datetime | None
    is_final: bool | None
    is_lower_bound: bool
    record: RecordOfDay | None
    revisions: tuple[Revision, ...]
    as_of: datetime | None
    release: str


@dataclass(frozen=True)
class Key:
    """What names a series. Parts left out are the metric's defaults."""

    metric: str
    asset: str
    scope: str
    time_window: str
    statistic: str


def complete_key(
    connection: "duckdb.DuckDBPyConnection",
    metric: str,
    asset: str | None = None,
    scope: str | None = None,
    time_window: str | None = None,
    statistic: str | None = None,
) -> Key:
    """The key of a series, with the metric's defaults for what is left out. Raises NoFigure for an unknown metric.

    Where the default window or statistic has no series for the scope, the scope's own is taken if it has just one.
    """
    row = connection.execute(
        "select default_asset, default_scope, default_time_window, default_statistic from dim_metrics where metric = ?",
        [metric],
    ).fetchone()
    if row is None:
        known = [name for (name,) in connection.execute("select metric from dim_metrics order by metric").fetchall()]
        near = get_close_matches(metric, known, n=1)
        raise NoFigure(
            f"there is no metric {metric}: "
            + (f"did you mean {near[0]}? " if near else "")
            + f"There are {', '.join(known)}"
        )
    asset, scope = asset or row[0], scope or row[1]
    shapes = connection.execute(
        "select distinct time_window, statistic from fct_daily_metrics where metric = ? and asset = ? and scope = ?",
        [metric, asset, scope],
    ).fetchall()
    fitting = [one for one in shapes if time_window in (None, one[0]) and statistic in (None, one[1])]
    if (time_window or row[2], statistic or row[3]) not in shapes and len(fitting) == 1:
        time_window, statistic = fitting[0]
    return Key(metric, asset, scope, time_window or row[2], statistic or row[3])


def daily_figure(
    connection: "duckdb.DuckDBPyConnection", key: Key, day: date | None, as_of: datetime | None, release: str
) -> Figure:
    """The figure of a day, or of the newest one. Raises NoFigure."""
    parameters = _parameters(key)
    filters = f"{KEY} and {SHAPE}" + (" and daily.trade_date = $date" if day else "")
    if day:
        parameters["date"] = day
    rows = _rows(connection, f"{_present()} where {filters} order by daily.trade_date desc limit 1", parameters)
    if not rows:
        known = f"; that is what was known at {as_of} UTC" if as_of else ""
        raise NoFigure(_why_missing(connection, key, day) + known)
    return _figure(connection, rows[0], as_of, release)


def newest_instant(connection: "duckdb.DuckDBPyConnection", key: Key) -> datetime | None:
    """The newest instant at which 24 hours of a series end; None for a series that is daily or does not exist."""
    table_metric, column = ROLLING_TABLES.get(key.metric, key.metric), ROLLING_COLUMNS.get(key.statistic)
    is_daily = connection.execute(
        "select 1 from fct_daily_metrics where metric = ? and asset = ? and scope = ? and time_window = 'rolling_24h' "
        "and statistic = ? limit 1",
        [key.metric, key.asset, key.scope, key.statistic],
    ).fetchone()
    if is_daily or column is None:
        return None
    row = connection.execute(
        "select max(as_of_at) from fct_rolling_24h "
        f"where metric = ? and asset = ? and scope = ? and {column} is not null",
        [table_metric, key.asset, key.scope],
    ).fetchone()
    return row[0] if row else None


def rolling_figure(
    connection: "duckdb.DuckDBPyConnection", key: Key, at: datetime, as_of: datetime | None, release: str
) -> Figure:
    """The 24 hours (or the level) at the last hour or snapshot that had ended at `at`. Raises NoFigure."""
    table_metric = ROLLING_TABLES.get(key.metric, key.metric)
    column = "value" if key.time_window == "instant" else ROLLING_COLUMNS.get(key.statistic)
    row = None
    if column:
        row = connection.execute(
            f"select as_of_at, {column}, source from fct_rolling_24h where metric = ? and asset = ? and scope = ? "
            f"and as_of_at <= ? and as_of_at > cast(? as timestamp) - interval 25 hours and {column} is not null "
            "order by as_of_at desc limit 1",
            [table_metric, key.asset, key.scope, at, at],
        ).fetchone()
    if row is None:
        raise NoFigure(
            f"there is no {key.statistic} of {key.metric} of {key.asset}, {key.scope}, at {at} UTC; "
            "`select metric, asset, scope, min(as_of_at), max(as_of_at) from fct_rolling_24h group by all` "
            "lists what there is"
        )
    return _rolling(connection, key, row, as_of, release)


def _rolling(
    connection: "duckdb.DuckDBPyConnection", key: Key, row: tuple[Any, ...], as_of: datetime | None, release: str
) -> Figure:
    instant, value, source = row
    words, unit, definition, is_lower_bound = _described(connection, key, value)
    observed = connection.execute(
        "select coalesce((select max(observed_at) from fct_hourly_prices where asset = $asset and venue = $scope "
        "and hour_at >= $at - interval 25 hours and hour_at < $at), (select max(observed_at) from "
        "fct_market_cap_snapshots "
        "where scope = $scope and snapshot_at between $at - interval 25 hours and $at))",
        {"asset": key.asset, "scope": key.scope, "at": instant},
    ).fetchone()
    return Figure(
        metric=key.metric, asset=key.asset, scope=key.scope, time_window=key.time_window, statistic=key.statistic,
        date=None, at=instant, value=value, unit=unit, value_words=words, definition=definition, source=source,
        observed_at=observed[0] if observed else None, is_final=None, is_lower_bound=is_lower_bound, record=None,
        revisions=(), as_of=as_of, release=release,
    )  # fmt: skip


def _described(connection: "duckdb.DuckDBPyConnection", key: Key, value: float) -> tuple[str, str, str, bool]:
    query = (
        f"select {figure_words('daily.value', 'unit', 'daily.statistic')}, unit, title || ': ' || definition, "
        "is_lower_bound from dim_metrics, "
        "(select cast($value as double) as value, $statistic as statistic) as daily where metric = $metric"
    )
    row = connection.execute(query, {"value": value, "statistic": key.statistic, "metric": key.metric}).fetchone()
    assert row is not None
    return row[0], row[1], row[2], row[3]


def definitions_of_day(
    connection: "duckdb.DuckDBPyConnection", metric: str, asset: str, day: date, as_of: datetime | None, release: str
) -> list[Figure]:
    """The figures of a day by every definition that the same words may mean: all of the metric's family."""
    query = (
        f"{_present()} where metrics.family = (select family from dim_metrics where metric = $metric) "
        "and daily.asset = $asset and daily.trade_date = $date and daily.scope not in "
        "(select fund_ticker from dim_etf_funds) order by daily.metric, daily.scope, daily.time_window, daily.statistic"
    )
    rows = _rows(connection, query, {"metric": metric, "asset": asset, "date": day})
    return [_figure(connection, row, as_of, release) for row in rows]


def record_figures(
    connection: "duckdb.DuckDBPyConnection",
    day: date,
    asset: str | None,
    as_of: datetime | None,
    release: str,
    least_days: int,
) -> list[Figure]:
    """The figures of a day that nothing had matched for at least so many days, of histories at least thrice as long."""
    query = (
        f"{_present()} where daily.trade_date = $date and ($asset is null or daily.asset = $asset) "
        "and records.trade_date - records.history_start_date >= 3 * $days "
        "and (coalesce(records.highest_since_date, records.history_start_date) <= $date - cast($days as integer) "
        "or coalesce(records.lowest_since_date, records.history_start_date) <= $date - cast($days as integer)) "
        "order by daily.asset, daily.metric, daily.scope, daily.statistic"
    )
    rows = _rows(connection, query, {"date": day, "asset": asset, "days": least_days})
    return [_figure(connection, row, as_of, release) for row in rows]


def _present() -> str:
    return PRESENT.format(words=figure_words("daily.value", "daily.unit", "daily.statistic"))


def _figure(
    connection: "duckdb.DuckDBPyConnection", row: dict[str, Any], as_of: datetime | None, release: str
) -> Figure:
    key = {name: row[name] for name in ("metric", "asset", "scope", "time_window", "statistic", "date")}
    found = connection.execute(REVISIONS, key).fetchall()
    names = ("highest_since_date", "lowest_since_date", "is_record_high", "is_record_low", "history_start_date")
    values = {name: row.pop(name) for name in names}
    return Figure(
        **row,
        record=RecordOfDay(**values) if values["history_start_date"] is not None else None,
        revisions=tuple(Revision(*one) for one in found),
        as_of=as_of,
        release=release,
    )


def _rows(connection: "duckdb.DuckDBPyConnection", query: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    result = connection.execute(query, parameters)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _parameters(key: Key) -> dict[str, Any]:
    return {
        "metric": key.metric,
        "asset": key.asset,
        "scope": key.scope,
        "time_window": key.time_window,
        "statistic": key.statistic,
    }


def _why_missing(connection: "duckdb.DuckDBPyConnection", key: Key, day: date | None) -> str:
    """Why there is no figure, and the nearest thing that there is."""
    parameters = _parameters(key)
    span = connection.execute(
        f"select min(trade_date), max(trade_date) from fct_daily_metrics as daily where {KEY} and {SHAPE}", parameters
    ).fetchone()
    name = f"{key.statistic} of {key.metric} of {key.asset}, {key.scope}, {key.time_window}"
    if span and span[0] is not None:
        return f"there is no {name}, on {day}: the series has days from {span[0]} to {span[1]}"
    others = connection.execute(
        "select distinct asset || ' ' || scope || ' ' || time_window || ' ' || statistic from fct_daily_metrics "
        "where metric = ? and (asset = ? or ? not in (select asset from fct_daily_metrics where metric "
        "= ?)) order by 1 limit 12",
        [key.metric, key.asset, key.asset, key.metric],
    ).fetchall()
    if not others:
        return f"there is no {name}: the release has no figure of this metric"
    return f"there is no {name}; of this metric there are: {'; '.join(text for (text,) in others)}"
