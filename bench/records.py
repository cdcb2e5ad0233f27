"""How "highest since" grows: seconds and microseconds per row at 1x, 4x and 16x rows, beside bare DuckDB.

The reference is the least that any solution must do: sort every series by day once and write the rows back with one
more column (`lag`). A method that is linear stays at the same multiple of it; a quadratic one doubles it twice.
Run with `python bench/records.py`; it needs no warehouse, the random walks are made here.
"""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import duckdb
import numpy as np
from jinja2 import Environment, FileSystemLoader

MACROS = Path(__file__).parents[1] / "dbt_project" / "macros"
KEYS = ["metric", "asset", "scope", "time_window", "statistic"]
DAYS = 5_475
"""Fifteen years."""

REFERENCE = f"""
select *, lag(value) over (partition by {", ".join(KEYS)} order by trade_date) as earlier_value from figures
"""

Shape = Callable[[np.random.Generator, int], np.ndarray]
SHAPES: dict[str, Shape] = {
    "random walks": lambda rng, series: np.cumsum(rng.normal(size=(series, DAYS)), axis=1),
    "independent days": lambda rng, series: rng.normal(size=(series, DAYS)),
    "rising for ever": lambda rng, series: np.tile(np.arange(DAYS, dtype=float), (series, 1)),
    "hostile saw-tooth": lambda rng, series: np.tile(np.arange(DAYS) % 301 * 1e5 - np.arange(DAYS), (series, 1)),
}


def records_query() -> str:
    macros = Environment(loader=FileSystemLoader(MACROS), autoescape=False).get_template("records.sql").module
    return str(macros.records("figures", KEYS))  # type: ignore[attr-defined]


def fill(connection: duckdb.DuckDBPyConnection, values: np.ndarray) -> int:
    """Makes the table `figures` of `values` (one row per series, one column per day); returns its rows."""
    columns = {"value": values.ravel()}
    connection.register("walk", columns)
    connection.execute(
        f"""
        create or replace table figures as
        select
            'metric_' || (place // {DAYS} % 9) as metric,
            'ASSET' || (place // {DAYS}) as asset,
            'binance' as scope,
            'utc_day' as time_window,
            'close' as statistic,
            date '2010-01-01' + (place % {DAYS})::integer as trade_date,
            value,
        from (select row_number() over () - 1 as place, value from walk)
        """
    )
    connection.unregister("walk")
    return values.size


def best_of_three(connection: duckdb.DuckDBPyConnection, query: str) -> float:
    """The least of three runs, in seconds, each writing its whole result."""
    seconds = []
    for _ in range(3):
        started = perf_counter()
        connection.execute(f"create or replace temp table result as {query}")
        seconds.append(perf_counter() - started)
    return min(seconds)


def main() -> None:
    rng = np.random.default_rng(8)
    query = records_query()
    print(
        f"{'series x days':>14}  {'shape':<18} {'rows':>9}  {'records':>9}  {'per row':>8}  {'sort+write':>10}  ratio"
    )
    cases = [("random walks", 12), ("random walks", 50), ("random walks", 200)]
    cases += [(shape, 200) for shape in SHAPES if shape != "random walks"]
    for shape, series in cases:
        with duckdb.connect(config={"threads": 2}) as connection:
            rows = fill(connection, SHAPES[shape](rng, series))
            records, reference = best_of_three(connection, query), best_of_three(connection, REFERENCE)
        print(
            f"{series:>6} x {DAYS:<5}  {shape:<18} {rows:>9,}  {records:>7.2f} s  {records / rows * 1e6:>5.2f} us"
            f"  {reference:>8.2f} s  {records / reference:>5.1f}"
        )


if __name__ == "__main__":
    main()
