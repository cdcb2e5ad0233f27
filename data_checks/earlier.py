"""How much history a file holds, per table and series, so that a release can be compared with the one before.

The earlier file is read here and passed on as values, because a query of Great Expectations sees only one file.
"""

from collections.abc import Collection
from contextlib import closing
from datetime import datetime
from pathlib import Path

import duckdb

from data_checks.check import ALL_DAYS

HISTORIES = {
    "fct_hourly_prices": ("asset || ' ' || venue", "hour_at"),
    "fct_daily_venue_prices": ("asset || ' ' || venue", "trade_date"),
    "fct_daily_prices": ("asset", "trade_date"),
    "fct_daily_etf_flows": ("asset || ' ' || fund_ticker", "trade_date"),
    "fct_daily_etf_totals": ("asset", "trade_date"),
    "fct_daily_liquidations": ("asset || ' ' || scope", "trade_date"),
    "fct_daily_market_caps": ("scope", "trade_date"),
    "fct_daily_metrics": (
        "concat_ws(' ', metric, asset, scope, time_window, statistic)",
        "trade_date",
    ),
    "fct_revisions": ("concat_ws(' ', metric, asset, scope, statistic)", "observed_at"),
}
"""Per table that only gains rows: the expression that names a series, and the column that orders it."""

DAYS = {table: "cast(hour_at as date)" if table == "fct_hourly_prices" else "trade_date" for table in HISTORIES}
"""Per table the day of a row."""


def history_sql(now: str, tables: Collection[str] = tuple(HISTORIES), since: str = ALL_DAYS) -> str:
    """A query for (table_name, series, row_count, first_at) of `tables`.

    It counts rows before the SQL instant `now`, of the day `since` and later ones.
    """
    parts = [
        f"select '{table}' as table_name, {series} as series, count(*) as row_count, "
        f"min({moment}::timestamp) as first_at from marts.{table} "
        f"where {moment} < {now} and {DAYS[table]} >= {since} group by all"
        for table, (series, moment) in HISTORIES.items()
        if table in tables
    ]
    return " union all ".join(parts)


def earlier_history(previous: Path, now: datetime, since: str = ALL_DAYS) -> str:
    """The history of the file `previous` before `now` as a SQL relation in parentheses, to be given column names.

    Tables that the earlier file does not have are new, and left out. Rows at or after `now` are left out too, so that a
    replay of an earlier instant is compared with what was known of that time.
    """
    with closing(duckdb.connect(str(previous), read_only=True)) as connection:
        present = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        sql = history_sql(f"timestamp '{now}'", {name for (name,) in present}, since)
        rows: list[tuple[str, str, int, datetime]] = connection.execute(sql).fetchall() if sql else []
    if not rows:
        return "(select '', '', 0, timestamp '1970-01-01' where false)"
    values = [
        f"({_text(table)}, {_text(series)}, {count}, timestamp '{first}')" for table, series, count, first in rows
    ]
    return f"(values {', '.join(values)})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
