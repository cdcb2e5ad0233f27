"""Playing a recorded build in DuckDB alone: only what hangs on changed inputs is made again.

Every node has a fingerprint of its inputs: its SQL at the instant of the run, and the state of all that it reads. The
state of a raw table and of a built table is a digest of its rows, that of a view its own fingerprint. A node whose
fingerprint is the one under which its stored result was made is left alone, and a table that was made again with the
same rows changes nothing downstream. So whatever happened, new days, late and withdrawn rows, an interrupted run, a
clock set back, is seen, and time alone makes only the tables again whose SQL names the instant of the run.

A model that states how changes of its inputs reach it is made again from the first changed day on (`changed_days.py`).
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from time import perf_counter

import duckdb

from orchestration.build.changed_days import (
    FIRST_DAY,
    NO_DAY,
    Basis,
    Months,
    before,
    first_changed_day,
    in_all,
    is_most,
    months,
    since,
)
from orchestration.build.node_result import UNCHANGED, NodeResult
from orchestration.build.raw_rows import RawRows
from orchestration.build.recording import NOW, Node, Recording, literal
from orchestration.build.state import Note, forget
from orchestration.lake.turns import roll_back
from orchestration.project import DBT_PROJECT


@dataclass
class Player:
    """One pass over the nodes of `recording`, in files that are open in `connection`.

    `build` names the project and whatever else decides over all results alike. `notes` are those of the stored
    results; after `play` they are those of the results as they are now. `memory` is how much DuckDB may hold unless a
    node needs more; by default what it takes by itself.
    """

    connection: duckdb.DuckDBPyConnection
    recording: Recording
    build: str
    now: datetime
    notes: dict[str, Note]
    memory: str = ""
    _states: dict[str, str] = field(default_factory=dict)
    _failed: set[str] = field(default_factory=set)
    _months: dict[tuple[str, str], Months] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._nodes = {node.unique_id: node for node in self.recording.nodes}
        self._raw_rows = RawRows(self.connection, self.recording.raw_tables)
        ((self._all_memory,),) = self.connection.execute("select current_setting('memory_limit')").fetchall()
        if self.memory:
            self.connection.execute(f"set memory_limit = '{self.memory}'")

    def play(self, report: Callable[[int, int], None] | None = None) -> list[NodeResult]:
        """Make what is not as its inputs are; `report` receives how many of how many nodes are done."""
        results = []
        for number, node in enumerate(self.recording.nodes, start=1):
            results.append(self._result(node))
            if report:
                report(number, len(self.recording.nodes))
        return results

    def adopt(self, results: Mapping[str, NodeResult]) -> None:
        """Take the results that dbt has just made for those of the present inputs."""
        for node in self.recording.nodes:
            result = results[node.unique_id]
            inputs = self._fingerprint(node)
            note = self._table_note(node, inputs) if node.kind == "table" else Note(inputs, self._rows(node))
            if node.kind == "test" and node.days:
                note = replace(note, basis=self._basis(node).text)
            self._keep(node, replace(note, status=result.status, failures=result.failures, message=result.message))

    def note_raw_rows(self) -> None:
        """Note in the working file what was read of raw tables."""
        self._raw_rows.save()

    def _result(self, node: Node) -> NodeResult:
        if not self._failed.isdisjoint(node.inputs):
            self._failed.add(node.unique_id)
            return NodeResult(node.unique_id, "skipped", None, 0)
        inputs = self._fingerprint(node)
        stored = self.notes.get(node.unique_id)
        if stored is not None and (stored.inputs == inputs or self._is_same_view(node, stored)):
            note = replace(stored, inputs=inputs)
            self._keep(node, note)
            status = note.status if node.kind == "test" else UNCHANGED
            return NodeResult(node.unique_id, status, note.message, 0, note.failures, is_new=False)
        return self._made(node, inputs)

    def _made(self, node: Node, inputs: str) -> NodeResult:
        stored = self.notes.pop(node.unique_id, None)
        if stored is not None and not node.is_mart:
            forget(self.connection, [node.unique_id])
        started = perf_counter()
        try:
            note = self._in_memory(self._test if node.kind == "test" else self._make, node, inputs, stored)
        except duckdb.Error as error:
            self._failed.add(node.unique_id)
            return NodeResult(node.unique_id, "error", str(error), perf_counter() - started)
        self._keep(node, note)
        return NodeResult(node.unique_id, note.status, note.message, perf_counter() - started, note.failures)

    def _in_memory(
        self, make: Callable[[Node, str, Note | None], Note], node: Node, inputs: str, stored: Note | None
    ) -> Note:
        """The note on a node that is made or tested. One that needs more than `memory` gets what DuckDB takes."""
        try:
            return make(node, inputs, stored)
        except duckdb.OutOfMemoryException:
            self.connection.execute(f"set memory_limit = '{self._all_memory}'")
            return make(node, inputs, stored)

    def _keep(self, node: Node, note: Note) -> None:
        self.notes[node.unique_id] = note
        self._states[node.unique_id] = note.rows if node.kind in {"table", "seed"} else note.inputs

    def _make(self, node: Node, inputs: str, stored: Note | None) -> Note:
        sql = self._sql(node)
        then = Basis.of(stored.basis) if stored is not None else None
        if node.day and node.kind == "table" and then is not None:
            first = first_changed_day(then, self._basis(node), node.settles_within_days)
            if first is not None and is_most(before(then.rows, first), then.rows):
                self._replace_from(first, node, sql)
                return self._table_note(node, inputs, before(then.rows, first), first)
        self._at_once(self._statements(node, sql))
        return self._table_note(node, inputs) if node.kind == "table" else Note(inputs, self._rows(node))

    def _statements(self, node: Node, sql: str) -> str:
        """What makes a view, or a table with its rows and comments."""
        if node.kind == "view":
            return f"create or replace view {node.relation} as (\n{sql}\n)"
        if node.kind == "seed":
            file = str(DBT_PROJECT / node.file).replace("'", "''")
            return (
                f"create or replace table {node.relation} {node.definition};\n"
                f"copy {node.relation} from '{file}' (format csv, header true, delimiter ',');\n{node.comments}"
            )
        if node.definition:
            columns = ", ".join(f'"{name}"' for name in node.columns)
            return (
                f"create or replace table {node.relation} {node.definition};\n"
                f"insert into {node.relation} ({columns}) select {columns} from (\n{sql}\n) as model;\n{node.comments}"
            )
        return f"create or replace table {node.relation} as (\n{sql}\n);\n{node.comments}"

    def _at_once(self, statements: str) -> None:
        """All of them in one transaction. In one for each, a table's comments took as long as its rows, and waited for
        the disk thirty times."""
        self.connection.execute("begin")
        try:
            self.connection.execute(statements)
        except BaseException:
            roll_back(self.connection)
            raise
        self.connection.execute("commit")

    def _replace_from(self, first: date, node: Node, sql: str) -> None:
        """Make the rows of the day `first` and later ones again. A build that ends in between leaves no note on the
        table."""
        columns = ", ".join(f'"{name}"' for name in node.columns)
        is_made = since(node.day, first)
        query = sql.replace(FIRST_DAY, f"date '{first}'")
        self.connection.execute(f"delete from {node.relation} where {is_made}")
        self.connection.execute(
            f"insert into {node.relation} ({columns}) select {columns} from (\n{query}\n) as model where {is_made}"
        )

    def _table_note(self, node: Node, inputs: str, earlier: Months | None = None, first: date | None = None) -> Note:
        """The note on a table that is as its inputs are; of its months before `first`, those in `earlier` hold."""
        if not node.day:
            return Note(inputs, self._rows(node))
        is_made = since(node.day, first) if first else "true"
        rows = {**(earlier or {}), **months(self.connection, node.relation, node.day, is_made)}
        return Note(inputs, in_all(rows), basis=replace(self._basis(node), rows=rows).text)

    def _basis(self, node: Node) -> Basis:
        """What `node` would be made of now; the months of its own rows are not there."""
        sql = node.sql if node.settles_within_days is not None else self._sql(node)
        others = [self._state(unique_id) for unique_id in node.inputs if unique_id not in node.days]
        listed = {unique_id: self._months_of(unique_id, day) for unique_id, day in node.days.items()}
        return Basis(_digest(self.build, sql, node.day, *others), self.now.isoformat(), listed, {}, node.day)

    def _months_of(self, unique_id: str, day: str) -> Months:
        """The months of an input by the day of its rows. A view that states what it reads is not read for it."""
        if (unique_id, day) not in self._months:
            node, note = self._nodes.get(unique_id), self.notes.get(unique_id)
            basis = Basis.of(note.basis) if note else None
            if node is not None and node.day == day and node.kind == "view":
                found = _of_its_inputs(self._basis(node))
            elif node is not None and node.day == day and basis is not None:
                found = basis.rows
            else:
                found = (
                    months(self.connection, node.relation, day)
                    if node
                    else self._raw_rows.months(self.recording.sources[unique_id], day)
                )
            self._months[unique_id, day] = found
        return self._months[unique_id, day]

    def _test(self, node: Node, inputs: str, stored: Note | None) -> Note:
        sql, basis = self._sql(node), self._basis(node) if node.days else None
        has_passed = stored is not None and stored.status == "pass" and not stored.failures
        then = Basis.of(stored.basis) if stored is not None and has_passed else None
        first = first_changed_day(then, basis, None) if then is not None and basis is not None else None
        failures, warns, fails = self.connection.execute(
            sql if first is None else self._of_days_since(first, node, sql)
        ).fetchall()[0]
        note = Note(inputs, status="pass", failures=failures, basis=basis.text if basis is not None else "")
        if not (warns if node.is_warning else fails):
            return note
        message = f"Got {failures} result{'s' * (failures != 1)}, configured to fail if {node.fails_if}"
        return replace(note, status="warn" if node.is_warning else "fail", message=message)

    def _of_days_since(self, first: date, node: Node, sql: str) -> str:
        """The query of a test over the rows from the day `first` on: those before passed, and are as they were. A test
        of several tables selects them itself."""
        if not node.day:
            return sql.replace(FIRST_DAY, f"date '{first}'")
        ((tested, day),) = node.days.items()
        relation = self._nodes[tested].relation
        return sql.replace(relation, f"(select * from {relation} where {since(day, first)})")

    def _fingerprint(self, node: Node) -> str:
        states = [self._state(input_id) for input_id in node.inputs]
        return _digest(self.build, self._sql(node), *states)

    def _state(self, unique_id: str) -> str:
        if unique_id not in self._states:
            # With the months of its rows in one pass, where a model reads it by them.
            day = next((node.days[unique_id] for node in self.recording.nodes if unique_id in node.days), None)
            relation = self.recording.sources[unique_id]
            self._states[unique_id] = in_all(
                self._months_of(unique_id, day) if day else self._raw_rows.months(relation)
            )
        return self._states[unique_id]

    def _sql(self, node: Node) -> str:
        return node.sql.replace(NOW, literal(self.now))

    def _rows(self, node: Node) -> str:
        if node.kind == "test":
            return ""
        return _digest(self._sql(node)) if node.kind == "view" else self._digest_of_rows(node.relation)

    def _is_same_view(self, node: Node, stored: Note) -> bool:
        return node.kind == "view" and stored.rows == _digest(self._sql(node))

    def _digest_of_rows(self, relation: str) -> str:
        """A digest that does not depend on the order of rows."""
        count, total = self.connection.execute(
            f"select count(*), sum(hash(stored)::hugeint) from {relation} as stored"
        ).fetchall()[0]
        return f"{count} {total or 0}"


def relations(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Every table and view in the open files, as `"database"."schema"."name"`, and which of both it is."""
    rows = connection.execute(
        "select database_name, schema_name, table_name, 'table' from duckdb_tables() union all "
        "select database_name, schema_name, view_name, 'view' from duckdb_views()"
    ).fetchall()
    return {f'"{database}"."{schema}"."{name}"': kind for database, schema, name, kind in rows}


def drop_other_kinds(connection: duckdb.DuckDBPyConnection, recording: Recording, present: dict[str, str]) -> None:
    """Drop, and take out of `present`, views that are tables in the project and the reverse: neither replaces the
    other."""
    for node in recording.nodes:
        kind = present.get(node.relation)
        if kind is not None and (kind == "view") != (node.kind == "view"):
            connection.execute(f"drop {kind} {node.relation}")
            del present[node.relation]


def _of_its_inputs(basis: Basis) -> Months:
    """The months of a view: a digest of those of its inputs, and of all else as what belongs to no day."""
    named = {month for rows in basis.inputs.values() for month in rows}
    found = {month: _digest(*(rows.get(month, "") for _, rows in sorted(basis.inputs.items()))) for month in named}
    return {**found, NO_DAY: _digest(basis.others, found.get(NO_DAY, ""))}


def _digest(*texts: str) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{len(text)}\0{text}".encode())
    return digest.hexdigest()[:32]
