"""The checks of records from a changed day on return what they return over all days, of the rows from that day on."""

import random
from contextlib import closing
from datetime import date, timedelta

import duckdb
import pytest

from data_checks.check import ALL_DAYS, NoRows
from data_checks.suites.metrics import CHECKS, METRIC_KEY

FIRST_CHANGED = date(2025, 5, 1)
# Before it years of days, and series that pause for longer than a year.
DAYS = [date(2021, 1, 1) + timedelta(days=days) for days in range(0, 1610, 7)]
SERIES = "'price_usd' as metric, 'BTC' as asset, scope, 'utc_day' as time_window, 'close' as statistic"
RECORDS = f"""
create table marts.fct_daily_records as
select {SERIES}, trade_date, value,
    (select max(trade_date) from figures as earlier where earlier.scope = figures.scope
        and earlier.trade_date < figures.trade_date and earlier.value >= figures.value) as highest_since_date,
    (select max(trade_date) from figures as earlier where earlier.scope = figures.scope
        and earlier.trade_date < figures.trade_date and earlier.value <= figures.value) as lowest_since_date
from figures
"""
NAMES = ("records_point_at_days_that_hold_them", "the_newest_records_are_exact")
DEFECTS = (
    "highest_since_date = null",
    "lowest_since_date = null",
    "highest_since_date = trade_date",
    "lowest_since_date = trade_date - 7",
    "highest_since_date = trade_date - 700",
    "lowest_since_date = date '2021-01-01'",
)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_wrong_record_of_a_changed_day_is_found_as_over_all_days(defect: str) -> None:
    found = set[str]()
    for seed in range(6):
        randomly = random.Random(f"{defect} {seed}")
        with closing(made_up(randomly)) as connection:
            for name in NAMES:
                assert over_all_days(connection, name) == since_the_change(connection, name) == []
            scope = randomly.choice(["steady", "paused", "new", "high before", "low before"])
            connection.execute(
                f"update marts.fct_daily_records set {defect} where scope = '{scope}' and trade_date = "
                f"(select {randomly.choice(['min', 'max'])}(trade_date) from marts.fct_daily_records "
                f"where scope = '{scope}' and trade_date >= date '{FIRST_CHANGED}')"
            )
            for name in NAMES:
                wrong = over_all_days(connection, name)
                assert since_the_change(connection, name) == wrong, (name, seed, scope)
                if wrong:
                    found.add(name)
    assert found == {*NAMES}


def made_up(randomly: random.Random) -> duckdb.DuckDBPyConnection:
    """Figures of five series with days after the change, and their records, looked up the slow way."""
    days = {
        "steady": DAYS,
        "paused": [day for day in DAYS if not date(2023, 2, 1) < day < FIRST_CHANGED],
        "new": [day for day in DAYS if day >= FIRST_CHANGED],
        "high before": DAYS,
        "low before": DAYS,
    }
    figures = [(scope, day, float(randomly.randint(1, 40))) for scope, its_days in days.items() for day in its_days]
    # Values that nothing in the last year reaches, so the day sought is an older one.
    shift = {"high before": 50.0, "low before": -50.0}
    figures = [(scope, day, value + shift.get(scope, 0.0) * (day < date(2023, 1, 1))) for scope, day, value in figures]
    connection = duckdb.connect()
    connection.execute("create schema marts; create table figures (scope varchar, trade_date date, value double)")
    values = ", ".join(f"('{scope}', date '{day}', {value})" for scope, day, value in figures)
    connection.execute(f"insert into figures values {values}")
    connection.execute(f"create table marts.fct_daily_metrics as select {SERIES}, trade_date, value from figures")
    connection.execute(RECORDS)
    return connection


def over_all_days(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[object, ...]]:
    return rows(connection, name, ALL_DAYS)


def since_the_change(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[object, ...]]:
    return rows(connection, name, f"date '{FIRST_CHANGED}'")


def rows(connection: duckdb.DuckDBPyConnection, name: str, since: str) -> list[tuple[object, ...]]:
    (check,) = [check for check in CHECKS if check.name == name]
    assert isinstance(check.rule, NoRows)
    query = check.rule.query("2025-06-01 00:00:00", f"marts.{check.table}", "", since)
    day = METRIC_KEY.index("trade_date")
    return [row for row in connection.execute(query).fetchall() if row[day] >= FIRST_CHANGED]
