"""From which day on a model is made again."""

from dataclasses import replace
from datetime import date

import duckdb
import pytest

from orchestration.build.changed_days import NO_DAY, Basis, before, first_changed_day, in_all, is_most, months, since

THEN = Basis("others", "2026-08-11T01:00:00", {"bars": {"2026-06": "30 1", "2026-07": "31 2", "2026-08": "10 3"}}, {})


def changed(bars: dict[str, str]) -> Basis:
    return replace(THEN, inputs={"bars": {**THEN.inputs["bars"], **bars}})


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (changed({"2026-08": "11 9"}), date(2026, 8, 1)),
        (changed({"2026-09": "1 4"}), date(2026, 9, 1)),
        (changed({"2026-07": "31 7", "2026-08": "11 9"}), date(2026, 7, 1)),
        (replace(THEN, inputs={"bars": {"2026-07": "31 2", "2026-08": "10 3"}}), date(2026, 6, 1)),
        (changed({NO_DAY: "1 1"}), None),
        (replace(changed({"2026-08": "11 9"}), others="another seed"), None),
        (replace(THEN, inputs={**THEN.inputs, "flows": {}}), None),
        (THEN, None),
    ],
)
def test_a_model_is_made_again_from_the_month_of_the_first_changed_row_on(now: Basis, first: date | None) -> None:
    assert first_changed_day(THEN, now, None) == first


@pytest.mark.parametrize("instant", ["2026-08-12T01:00:00", "2026-08-11T00:00:00"])
def test_time_alone_reaches_as_far_back_as_figures_settle_whichever_way_the_clock_went(instant: str) -> None:
    now = replace(changed({"2026-08": "11 9"}), instant=instant)
    assert first_changed_day(THEN, now, 5) == date(2026, 8, 1)
    assert first_changed_day(THEN, now, 14) == date(2026, 7, 1)


def test_months_add_up_to_the_whole_and_to_what_is_made_from_a_day_on() -> None:
    with duckdb.connect() as connection:
        days = "select date '2026-06-15' + i::integer as day, i from range(60) as t(i)"
        connection.execute(f"create table bars as {days}")
        connection.execute("insert into bars values (null, 7)")
        all_of_it = dict(months(connection, "bars", "day"))
        since_july = dict(months(connection, "bars", "day", since("day", date(2026, 7, 1))))
        ((count, total),) = connection.execute("select count(*), sum(hash(t)::hugeint) from bars as t").fetchall()
    assert sorted(all_of_it) == [NO_DAY, "2026-06", "2026-07", "2026-08"]
    assert in_all(all_of_it) == f"{count} {total}"
    assert sorted(since_july) == ["2026-07", "2026-08"]
    assert {**before(all_of_it, date(2026, 7, 1)), **since_july} == all_of_it


@pytest.mark.parametrize("day", ["cast(hour_at as date)", "cast(hour_at - interval 9 hours as date)"])
def test_rows_since_a_day_are_those_whose_day_is_that_one_or_later(day: str) -> None:
    with duckdb.connect() as connection:
        hours = "generate_series(timestamp '2026-06-30', timestamp '2026-07-02', interval 1 hour)"
        connection.execute(f"create table hours as select unnest({hours}) as hour_at")
        found = connection.execute(f"select min(hour_at) from hours where {since(day, date(2026, 7, 1))}").fetchall()
        due = connection.execute(f"select min(hour_at) from hours where {day} >= date '2026-07-01'").fetchall()
    assert found == due


def test_more_than_half_of_a_table_is_not_replaced() -> None:
    assert is_most({"2026-06": "30 1"}, {"2026-06": "30 1", "2026-07": "30 2"})
    assert not is_most({"2026-06": "30 1"}, {"2026-06": "30 1", "2026-07": "31 2"})
    assert is_most({}, {})


def test_a_note_without_a_basis_has_none() -> None:
    assert Basis.of("") is None
    assert Basis.of(THEN.text) == THEN


def test_days_of_no_calendar_concern_all_days() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table bars as select unnest([date '2026-08-01', null, date '56789-01-01']) as day")
        assert dict(months(connection, "bars", "day")).keys() == {"2026-08", NO_DAY}
