"""How "highest since" grows: seconds and microseconds per row at 1x, 4x and 16x rows, beside bare DuckDB.

The reference is the least that any solution must do: sort every series by day once and write the rows back with one
more column (`lag`). A method that is linear stays at the same multiple of it; a quadratic one doubles it twice.
Where numba is installed (`pip install numba`), a stack that is compiled to machine code does the same from table to
table (`compiled_stack.py`). Last stands what a new day costs the mart: the days of its month.
Run with `python -m bench records`; it needs no warehouse, the random walks are made here.
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import duckdb
import numpy as np
from jinja2 import Environment, FileSystemLoader

PROJECT = Path(__file__).parents[1] / "dbt_project"
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
    return str(_records()("figures", KEYS))


def _records() -> Callable[..., str]:
    """The macro `records` of the project."""
    macros = Environment(loader=FileSystemLoader(PROJECT / "macros"), autoescape=False).get_template("records.sql")
    return macros.module.records  # type: ignore[attr-defined, no-any-return]


def model_query(path: str, first_changed_day: date) -> str:
    """A model's SQL, made from a day on, of tables that are named like its inputs."""
    template = Environment(autoescape=False).from_string((PROJECT / "models" / path).read_text(encoding="utf-8"))
    return template.render(
        config=lambda **_: "",
        ref=lambda name: name,
        first_changed_day=lambda: f"date '{first_changed_day}'",
        records=_records(),
    )


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


def write(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    connection.execute(f"create or replace temp table result as {query}")


def best_of_three(work: Callable[[], None]) -> float:
    """The least of three runs, in seconds, each writing its whole result."""
    seconds = []
    for _ in range(3):
        started = perf_counter()
        work()
        seconds.append(perf_counter() - started)
    return min(seconds)


def main() -> None:
    rng = np.random.default_rng(8)
    query = records_query()
    has_numba = find_spec("numba") is not None
    print(
        f"{'series x days':>14}  {'shape':<18} {'rows':>9}  {'records':>9}  {'per row':>8}  {'sort+write':>10}  ratio"
        f"{'  compiled  ratio' if has_numba else ''}"
    )
    cases = [("random walks", 12), ("random walks", 50), ("random walks", 200), ("random walks", 800)]
    cases += [(shape, 200) for shape in SHAPES if shape != "random walks"]
    for shape, series in cases:
        with duckdb.connect(config={"threads": 2}) as connection:
            rows = fill(connection, SHAPES[shape](rng, series))
            records = best_of_three(partial(write, connection, query))
            reference = best_of_three(partial(write, connection, REFERENCE))
            beside = _beside_compiled(connection, query, records) if has_numba else ""
        print(
            f"{series:>6} x {DAYS:<5}  {shape:<18} {rows:>9,}  {records:>7.2f} s  {records / rows * 1e6:>5.2f} us"
            f"  {reference:>8.2f} s  {records / reference:>5.1f}{beside}"
        )
    if not has_numba:
        print("  not compared with a compiled stack: numba is not installed (`pip install numba`)")
    _new_day(rng)


def _beside_compiled(connection: duckdb.DuckDBPyConnection, query: str, seconds: float) -> str:
    """The seconds of the compiled stack, which must find the same, and how many times as long `seconds` is."""
    from bench import compiled_stack

    connection.execute(f"create or replace temp table by_query as {query}")
    found = partial(compiled_stack.write_records, connection, KEYS)
    compiled = best_of_three(found)
    ((different,),) = connection.execute(
        "select count(*) from (from by_query except from result union all (from result except from by_query))"
    ).fetchall()
    assert not different, f"{different} rows differ from those of the compiled stack"
    return f"  {compiled:>6.2f} s  {seconds / compiled:>5.2f}"


def _new_day(rng: np.random.Generator) -> None:
    """The mart made from nothing, and from the first of the last month on, as a new day makes it."""
    first = date(2024, 12, 1)
    marts = {day: model_query("marts/metrics/fct_daily_records.sql", day) for day in (date(1, 1, 1), first)}
    for series in (50, 200, 800):
        with duckdb.connect(config={"threads": 2}) as connection:
            rows = fill(connection, SHAPES["random walks"](rng, series))
            connection.execute("alter table figures rename to fct_daily_metrics")
            months = model_query("intermediate/int_series_months.sql", date(1, 1, 1))
            connection.execute(f"create table int_series_months as {months}")
            connection.execute("create table dim_structural_breaks (metric varchar, scope varchar, break_date date)")
            whole, month = (best_of_three(partial(write, connection, mart)) for mart in marts.values())
            ((made,),) = connection.execute("select count(*) from result").fetchall()
        print(
            f"  the mart of {rows:>9,} rows: {whole:5.2f} s; for a new day {month:5.2f} s, {month / whole:4.0%}, "
            f"for the {made:,} rows of its month"
        )


if __name__ == "__main__":
    main()
