"""What is known of stored raw rows from an earlier run, so that a run reads new rows only.

Rows are appended, and the place of a row (`rowid`) grows. A note holds for the rows up to its last place as long as
their number is the same, and the sum of the hashes of what makes each a version: `observed_at` and `response_id`. Only
these two columns are read to see it. Rows that were withdrawn, loaded again or replaced are noticed by it, a figure
overwritten in place by hand is not: `warehouse run --full-refresh` forgets all notes.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import duckdb

from orchestration.lake.turns import is_shared

SCHEMA = """
create schema if not exists build;
create table if not exists build.known_rows (
    relation varchar, purpose varchar, basis varchar, result varchar,
    last_place bigint, row_count bigint, versions hugeint
)
"""


@dataclass(frozen=True)
class Rows:
    """The rows of a raw table up to `last_place`: how many, and the sum of the hashes of their version columns."""

    last_place: int = -1
    row_count: int = 0
    versions: int = 0


@dataclass(frozen=True)
class KnownRows:
    """What `purpose` found for `rows` of `relation`: `result`, which counts as long as `basis` is the same."""

    relation: str
    purpose: str
    basis: str
    result: str
    rows: Rows


def known_rows(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], KnownRows]:
    """The notes in the working file by relation and purpose."""
    connection.execute(SCHEMA)
    found = connection.execute("from build.known_rows").fetchall()
    return {
        (relation, purpose): KnownRows(relation, purpose, basis, result, Rows(*rows))
        for relation, purpose, basis, result, *rows in found
    }


def keep(connection: duckdb.DuckDBPyConnection, notes: Sequence[KnownRows]) -> None:
    """Store notes in place of those of the same relations and purposes, in one transaction."""
    if not notes:
        return
    # Written out: the first value that is bound has DuckDB import pandas, which takes longer than all of this.
    rows = ", ".join(
        f"({', '.join([*map(_quoted, (note.relation, note.purpose, note.basis, note.result)), *_numbers(note.rows)])})"
        for note in notes
    )
    connection.execute("begin")
    connection.execute(
        f"delete from build.known_rows where (relation, purpose) in (select col0, col1 from (values {rows}))"
    )
    connection.execute(f"insert into build.known_rows values {rows}")
    connection.execute("commit")


def forget_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove all notes; there may be none yet, and a lake has none."""
    if not is_shared(connection):
        connection.execute("drop table if exists build.known_rows")


def now_and_then(connection: duckdb.DuckDBPyConnection, relation: str, then: Rows) -> tuple[Rows, Rows]:
    """The rows of `relation` as they are now: all of them, and those up to the last place of `then`."""
    # 48 bits of each hash: machine words are added in half the time of wider numbers.
    count, versions, last, *earlier = connection.execute(
        f"""
        select count(*), sum(version), max(place), count(*) filter (is_earlier), sum(version) filter (is_earlier)
        from (
            select (hash(observed_at, response_id) >> 16)::bigint as version, rowid as place,
                rowid <= {then.last_place} as is_earlier
            from {relation}
        )
        """
    ).fetchall()[0]
    now = Rows(-1 if last is None else last, count, versions or 0)
    return now, Rows(then.last_place, earlier[0], earlier[1] or 0)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _numbers(rows: Rows) -> list[str]:
    return [str(number) for number in astuple(rows)]
