"""The records of `dbt_project/macros/records.sql` by a stack that numba compiles to machine code, from table to table.

DuckDB sorts the days of the series before, and writes the rows after; in between, each day is put on its series' stack
once and taken off at most once. numba is in no lock: `pip install numba`.
"""

from collections.abc import Sequence

import duckdb
import numpy as np
from numba import njit

NO_DAY = -(2**31)


def write_records(connection: duckdb.DuckDBPyConnection, keys: Sequence[str]) -> None:
    """Make the table `result` of the table `figures`, with the columns and rows of the macro."""
    key_list = ", ".join(keys)
    connection.execute(
        f"create or replace temp table series as select row_number() over () as series_id, {key_list} "
        f"from (select distinct {key_list} from figures)"
    )
    days = connection.execute(
        "select series_id, (trade_date - date '1970-01-01')::integer as day, value "
        f"from figures inner join series using ({key_list}) order by series_id, trade_date"
    ).fetchnumpy()
    series_id, day, value = (np.asarray(days[name]) for name in ("series_id", "day", "value"))
    is_first = np.append(True, series_id[1:] != series_id[:-1])
    place = np.arange(len(day))
    first = np.maximum.accumulate(np.where(is_first, place, 0))
    found = {"series_id": series_id, "day": day, "value": value, "first_day": day[first], "earlier": place - first}
    for name, values in (("high_day", value), ("low_day", -value)):
        reached = last_reaching(is_first, values)
        found[name] = np.where(reached < 0, NO_DAY, day[reached]).astype(np.int32)
    connection.register("found", found)
    connection.execute(
        f"""
        create or replace temp table result as
        select {key_list}, date '1970-01-01' + day as trade_date, value,
            date '1970-01-01' + nullif(high_day, {NO_DAY}) as highest_since_date,
            day - nullif(high_day, {NO_DAY}) as highest_since_days_count, high_day = {NO_DAY} as is_record_high,
            date '1970-01-01' + nullif(low_day, {NO_DAY}) as lowest_since_date,
            day - nullif(low_day, {NO_DAY}) as lowest_since_days_count, low_day = {NO_DAY} as is_record_low,
            date '1970-01-01' + first_day as history_start_date, earlier as earlier_days_count
        from found inner join series using (series_id)
        """
    )
    connection.unregister("found")


@njit  # type: ignore[untyped-decorator]
def last_reaching(is_first: np.ndarray, value: np.ndarray) -> np.ndarray:
    """The place of the last earlier day of the series whose value is at least as high; -1 where there is none."""
    reached = np.full(len(value), -1, np.int64)
    stack = np.empty(len(value), np.int64)
    height = 0
    for place in range(len(value)):
        if is_first[place]:
            height = 0
        while height and value[stack[height - 1]] < value[place]:
            height -= 1
        if height:
            reached[place] = stack[height - 1]
        stack[height] = place
        height += 1
    return reached
