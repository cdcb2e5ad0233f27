"""The rows of raw tables by month: those of earlier runs are read again only where they are others."""

from collections.abc import Iterator
from unittest.mock import patch

import duckdb
import pytest

from orchestration.build import raw_rows
from orchestration.build.changed_days import Months, months
from orchestration.build.raw_rows import RawRows
from orchestration.raw.load import forget

RELATION, DAY = '"memory"."raw"."bars"', "day"
VERSION = "timestamp '2026-08-01 12:00:00', 'r' || i"
MAY, MAY_AND_JUNE = "date '2026-05-01' + i::integer", "date '2026-05-10' + i::integer"


@pytest.fixture
def stored() -> Iterator[duckdb.DuckDBPyConnection]:
    """A table with 20 rows of May, of which one has no day."""
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.bars (day date, close int, observed_at timestamp, response_id varchar)")
        connection.execute(f"insert into raw.bars select if(i = 7, null, {MAY}), i, {VERSION} from range(20) as t(i)")
        with patch.object(raw_rows, "LARGE", 1):
            yield connection


def read(connection: duckdb.DuckDBPyConnection, day: str = DAY) -> tuple[Months, list[str]]:
    """What a build reads, and the conditions on rows under which it read the table; it is noted."""
    conditions: list[str] = []

    def noted(connection: duckdb.DuckDBPyConnection, relation: str, day: str, where: str = "true") -> Months:
        conditions.append(where)
        return months(connection, relation, day, where)

    columns = "\n".join(
        f"bars {column} {kind}"
        for column, kind in connection.execute(
            "select column_name, data_type from duckdb_columns() where table_name = 'bars'"
        ).fetchall()
    )
    rows = RawRows(connection, columns)
    with patch.object(raw_rows, "months", noted):
        found = rows.months(RELATION, day)
    rows.save()
    assert found == months(connection, RELATION, day)
    return found, conditions


def test_rows_that_are_known_are_not_read_again_and_new_ones_are(stored: duckdb.DuckDBPyConnection) -> None:
    found, conditions = read(stored)
    assert (sorted(found), conditions) == (["", "2026-05"], ["true"])
    assert read(stored) == (found, [])
    stored.execute(f"insert into raw.bars select {MAY_AND_JUNE}, i, {VERSION} from range(20, 25) as t(i)")
    later, conditions = read(stored)
    assert (sorted(later), conditions) == (["", "2026-05", "2026-06"], ["rowid > 19"])
    assert later[""] == found[""]
    assert later["2026-05"] != found["2026-05"]
    assert read(stored) == (later, [])


def test_a_digest_of_all_rows_is_known_apart_from_that_of_months(stored: duckdb.DuckDBPyConnection) -> None:
    read(stored)
    assert read(stored, "null::date")[1] == ["true"]
    assert read(stored, "null::date")[1] == []


@pytest.mark.parametrize(
    "change",
    [
        "delete from raw.bars where close = 3",
        # As many rows as before, in the same places after a checkpoint.
        "create or replace table raw.bars as select * replace (if(close = 3, 'other', response_id) as response_id) "
        "from raw.bars",
        "create or replace table raw.bars as "
        "select * replace (observed_at + interval (close % 2) hour as observed_at) from raw.bars",
        "delete from raw.bars where close = 3; insert into raw.bars select date '2026-05-04', 3, "
        "timestamp '2026-08-02', 'r3'",
        "delete from raw.bars",
        "alter table raw.bars add column volume int default 5",
    ],
)
def test_withdrawn_and_other_rows_are_seen(stored: duckdb.DuckDBPyConnection, change: str) -> None:
    found, _ = read(stored)
    stored.execute(change)
    later, conditions = read(stored)
    assert conditions == ["true"]
    assert later != found


def test_all_rows_are_read_after_a_reparse(stored: duckdb.DuckDBPyConnection) -> None:
    found, _ = read(stored)
    # A parser that was corrected gives other figures of the same versions.
    forget(stored, [])
    stored.execute("create or replace table raw.bars as select * replace (close + 1 as close) from raw.bars")
    later, conditions = read(stored)
    assert conditions == ["true"]
    assert later != found
