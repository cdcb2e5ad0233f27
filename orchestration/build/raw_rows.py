"""The rows of raw tables by month, for a build: of a large table whose earlier rows are known, new ones alone are read.

What is known lies in the working file (`orchestration.raw.known_rows`), beside the notes on what was built.
"""

import hashlib
import json

import duckdb

from orchestration.build.changed_days import Months, months, together
from orchestration.raw.known_rows import KnownRows, Rows, keep, known_rows, now_and_then
from orchestration.raw.working_file import LEDGER

LARGE = 10_000
"""Rows from which on it is noted what a table holds: fewer are read in a few milliseconds."""


class RawRows:
    """The raw tables of the working file that is open in `connection`, which have these `columns` (`Recording`)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, columns: str) -> None:
        self._connection, self._known, self._notes = connection, known_rows(connection), list[KnownRows]()
        self._columns: dict[str, list[str]] = {}
        for line in columns.splitlines():
            table, column = line.split(" ", 1)
            self._columns.setdefault(table, []).append(column)

    def months(self, relation: str, day: str = "null::date") -> Months:
        """As `changed_days.months`; by default all rows are in the month of rows without a day."""
        table = relation.rpartition(".")[2].strip('"')
        columns = self._columns.get(table, [])
        if table in LEDGER or not columns:
            return months(self._connection, relation, day)
        basis = hashlib.sha256(repr((duckdb.__version__, columns)).encode()).hexdigest()
        note = self._known.get((relation, day))
        known = note.rows if note and note.basis == basis else Rows()
        now, then = now_and_then(self._connection, relation, known)
        if now.row_count < LARGE:
            return months(self._connection, relation, day)
        if note and then == known and known.row_count:
            found = json.loads(note.result)
            if now == known:
                return dict(found)
            found = together(found, months(self._connection, relation, day, f"rowid > {known.last_place}"))
        else:
            found = months(self._connection, relation, day)
        self._notes.append(KnownRows(relation, day, basis, json.dumps(found), now))
        return found

    def save(self) -> None:
        """Note the rows that were read."""
        keep(self._connection, self._notes)
        self._notes.clear()
