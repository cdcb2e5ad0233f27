"""The records macro against the plain definition, on random, tied, monotone and hostile series, in real DuckDB."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

MACROS = Path(__file__).parents[2] / "dbt_project" / "macros"
FIRST_DAY = date(2020, 1, 1)

Series = list[tuple[int, float | None]]
"""(days since FIRST_DAY, value), oldest first, with gaps; None is a day without a figure."""


class Record(NamedTuple):
    """What the macro says of one day of one series."""

    series: int
    trade_date: date
    value: float
    highest_since_date: date | None
    highest_since_days_count: int | None
    is_record_high: bool
    lowest_since_date: date | None
    lowest_since_days_count: int | None
    is_record_low: bool
    history_start_date: date
    earlier_days_count: int


def records_query(relation: str, keys: list[str], **options: int) -> str:
    """The macro's SQL. It uses nothing of dbt's context, so plain Jinja renders the very same text."""
    macros = Environment(loader=FileSystemLoader(MACROS), autoescape=False).get_template("records.sql").module
    return str(macros.records(relation, keys, **options))  # type: ignore[attr-defined]


def by_definition(market: list[Series]) -> list[Record]:
    """The definition, word for word: look back day by day until a value is at least as high (or low)."""
    records: list[Record] = []
    for number, series in enumerate(market):
        days = [(FIRST_DAY + timedelta(days=offset), value) for offset, value in series if value is not None]
        for place, (day, value) in enumerate(days):
            high = next((earlier for earlier, other in reversed(days[:place]) if other >= value), None)
            low = next((earlier for earlier, other in reversed(days[:place]) if other <= value), None)
            records.append(
                Record(
                    series=number,
                    trade_date=day,
                    value=value,
                    highest_since_date=high,
                    highest_since_days_count=(day - high).days if high else None,
                    is_record_high=high is None,
                    lowest_since_date=low,
                    lowest_since_days_count=(day - low).days if low else None,
                    is_record_low=low is None,
                    history_start_date=days[0][0],
                    earlier_days_count=place,
                )
            )
    return sorted(records, key=lambda record: (record.series, record.trade_date))


def by_macro(market: list[Series], **options: int) -> list[Record]:
    rows = [
        (number, FIRST_DAY + timedelta(days=offset), value)
        for number, series in enumerate(market)
        for offset, value in series
    ]
    with duckdb.connect() as connection:
        connection.execute("create table figures (series integer, trade_date date, value double)")
        connection.execute(
            "insert into figures select unnest($1::integer[]), unnest($2::date[]), unnest($3::double[])",
            [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], []],
        )
        query = records_query("figures", ["series"], **options)
        answer = connection.execute(f"{query} order by series, trade_date").fetchall()
    return [Record(*row) for row in answer]


def steps_to_walk(steps: list[float]) -> Series:
    walk: Series = []
    value = 0.0
    for offset, step in enumerate(steps):
        value += step
        walk.append((offset, value))
    return walk


few_values = st.lists(st.one_of(st.none(), st.integers(-3, 3).map(float)), max_size=90).map(
    lambda v: list(enumerate(v))
)
random_walks = st.lists(st.integers(-2, 2).map(float), max_size=90).map(steps_to_walk)
any_values = st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), max_size=90).map(
    lambda v: list(enumerate(v))
)
gaps = st.sets(st.integers(0, 400), max_size=60).flatmap(
    lambda days: st.lists(st.integers(-50, 50).map(float), min_size=len(days), max_size=len(days)).map(
        lambda values: list(zip(sorted(days), values, strict=True))
    )
)
saw_teeth = st.tuples(st.integers(2, 40), st.integers(-3, 3), st.integers(0, 120)).map(
    lambda shape: [(day, float(day % shape[0] * 100 + day * shape[1])) for day in range(shape[2])]
)
markets = st.lists(st.one_of(few_values, random_walks, any_values, gaps, saw_teeth), min_size=1, max_size=6)


@given(market=markets)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_answer_of_a_deep_narrow_tree_is_the_definition(market: list[Series]) -> None:
    """Pairs instead of sixteens: ninety days climb seven levels, so that each kind of step is taken often."""
    assert by_macro(market, near=1, fan_out=2, levels=9) == by_definition(market)


@given(market=markets)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_answer_of_the_tree_in_use_is_the_definition(market: list[Series]) -> None:
    assert by_macro(market) == by_definition(market)


@pytest.mark.parametrize(
    "value_of",
    [
        pytest.param(lambda day: 7.0, id="constant: every day ties with the day before"),
        pytest.param(lambda day: float(day), id="rising: every day is a record, nothing is found on any level"),
        pytest.param(lambda day: -float(day), id="falling below zero"),
        pytest.param(lambda day: float(day % 17) * 1000 - day, id="saw-tooth just wider than a block"),
        pytest.param(lambda day: float(day % 301) * 1000 - day, id="saw-tooth wider than a block of blocks"),
        pytest.param(lambda day: float(-day) if day else 1e9, id="answer is always the very first day"),
    ],
)
def test_long_shapes_that_cross_every_block_border(value_of: Callable[[int], float]) -> None:
    market: list[Series] = [[(day, value_of(day)) for day in range(1200)]]
    assert by_macro(market) == by_definition(market)


def test_a_series_longer_than_the_tree_is_an_error_and_not_a_wrong_answer() -> None:
    market: list[Series] = [[(day, float(day)) for day in range(9)]]
    with pytest.raises(duckdb.Error, match="a series spans more than 8 days; raise levels"):
        by_macro(market, near=1, fan_out=2, levels=3)


def test_the_months_of_many_series_need_little_memory() -> None:
    """A sorting aggregate holds a buffer for each of its groups: with a thousand assets all memory of a machine."""
    model = MACROS.parent / "models" / "intermediate" / "int_series_months.sql"
    template = Environment(autoescape=False).from_string(model.read_text(encoding="utf-8"))
    query = template.render(
        config=lambda **_: "", ref=lambda name: name, first_changed_day=lambda: f"date '{FIRST_DAY}'"
    )
    limits = {"threads": 2, "memory_limit": "200MB", "max_temp_directory_size": "0KB"}
    with duckdb.connect(config=limits) as connection:
        connection.execute(
            "create table fct_daily_metrics as select 'price_usd' as metric, 'A' || series as asset, 'all' as scope, "
            f"'utc_day' as time_window, 'close' as statistic, date '{FIRST_DAY}' + day::integer as trade_date, "
            "-day::double as value from range(20000) as numbers (series), range(30, 0, -1) as days (day)"
        )
        rows = connection.execute(f"select distinct columns(* exclude asset) from ({query})").fetchall()
    days = [{"trade_date": FIRST_DAY + timedelta(days=day), "value": float(-day)} for day in range(1, 31)]
    first, last = days[0]["trade_date"], days[-1]["trade_date"]
    assert rows == [("price_usd", "all", "utc_day", "close", FIRST_DAY, -1.0, -30.0, first, last, 30, days)]
