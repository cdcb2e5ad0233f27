"""What dbt compiles of the whole project and makes of it, kept so that later runs need no dbt.

dbt takes some fifty milliseconds of its own per model, seed and test, DuckDB ten. The SQL of a project is the same in
every run but for the instant of the run, so a recording is kept beside the parsed project: of each node its compiled
SQL, what it reads, and the definition and comments that dbt gives its table. Runs play it (`replay.py`). Of a changed
project dbt compiles another one (`compiling.py`).
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt.contracts.graph.nodes import ResultNode

RECORDED = frozenset({"seed", "model", "test"})
OF_SINGLE_ROWS = frozenset({"not_null", "accepted_values", "relationships", "holds"})
"""The generic tests that judge each row by itself: an unchanged row passes as it did."""
OF_ROWS_ALIKE = frozenset({"unique", "unique_key"})
"""Those that compare rows with equal values in some columns: if one of these determines the day, rows of one day."""
NOW = "'{the instant of the run}'"
"""Stands in recorded SQL where the instant of the run belongs."""
MAKERS = (Path(__file__), Path(__file__).with_name("compiling.py"))


@dataclass(frozen=True)
class Node:
    """One seed, model or test.

    `sql` is what dbt compiled: the query of a model, the query of a test with its counts, empty for a seed. `inputs`
    are the ids of nodes and sources that it reads. `definition` holds the columns and constraints of a table that has a
    contract, and of a seed; `columns` their names; `comments` the statements that describe them. Where a model can be
    made again from a day on (`changed_days.py`), `day` is the day of a row, and `days` has that of each input's row. A
    test that can be repeated for the rows of changed days has in both the day of the rows of the model that it tests; a
    test of several tables has `days` alone, as its configuration states them.
    """

    unique_id: str
    kind: Literal["seed", "view", "table", "test"]
    sql: str
    inputs: tuple[str, ...]
    relation: str = ""
    definition: str = ""
    columns: tuple[str, ...] = ()
    comments: str = ""
    file: str = ""
    is_warning: bool = False
    fails_if: str = ""
    day: str = ""
    days: dict[str, str] = field(default_factory=dict)
    settles_within_days: int | None = None

    @property
    def is_mart(self) -> bool:
        """Whether the table belongs to the release, not to the working file."""
        return self.relation.startswith('"release"')


@dataclass(frozen=True)
class Recording:
    """A whole build: its nodes in dependency order, the relations of the sources, and the statements after the last.

    `raw_tables` are the columns of the raw tables for which it was compiled: homes can differ in them.
    """

    nodes: tuple[Node, ...]
    sources: dict[str, str]
    at_the_end: str
    raw_tables: str

    def save(self, folder: Path) -> None:
        """Write it into `folder`, in one step."""
        unfinished = folder / f".recording.{os.getpid()}"
        unfinished.write_text(json.dumps(asdict(self)), encoding="utf-8")
        os.replace(unfinished, recording_file(folder, self.raw_tables))

    @classmethod
    def load(cls, folder: Path, raw_tables: str | None = None) -> "Recording | None":
        """The recording in `folder` for these raw tables, or the newest; None where there is none that can be read."""
        try:
            newest = max(folder.glob("recording.*.json"), key=lambda path: path.stat().st_mtime_ns, default=folder)
            file = newest if raw_tables is None else recording_file(folder, raw_tables)
            stored = json.loads(file.read_text(encoding="utf-8"))
            nodes = tuple(_node(fields) for fields in stored.pop("nodes"))
            return cls(nodes=nodes, **stored)
        except (OSError, ValueError, TypeError, KeyError):
            return None


@dataclass(frozen=True)
class _Table:
    """A table that dbt makes: its definition, the names of its columns, and the statements that describe it."""

    definition: str
    columns: tuple[str, ...]
    comments: str


def record(
    nodes: Sequence["ResultNode"], project: "Manifest", connection: duckdb.DuckDBPyConnection, at_the_end: str
) -> Recording:
    """The recording of compiled `nodes`, in dependency order, whose tables are there in `connection`."""
    tables = _tables(connection)
    recorded = tuple(_recorded(node, project, tables) for node in nodes)
    read = {parent for node in recorded for parent in node.inputs if parent in project.sources}
    sources = {unique_id: _relation(project.sources[unique_id]) for unique_id in sorted(read)}
    return Recording(recorded, sources, at_the_end, raw_tables(connection))


def raw_tables(connection: duckdb.DuckDBPyConnection) -> str:
    """The raw tables' columns and types, as one text."""
    rows = connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where database_name = 'warehouse' and schema_name = 'raw' order by table_name, column_name"
    ).fetchall()
    return "\n".join(" ".join(row) for row in rows)


def recording_file(folder: Path, raw_tables: str) -> Path:
    """Where the recording for these raw tables is kept, as this version of the warehouse makes it."""
    digest = hashlib.sha256(raw_tables.encode())
    for maker in MAKERS:
        # The project's digest, which the folder is named after, knows nothing of them.
        digest.update(maker.read_bytes())
    return folder / f"recording.{digest.hexdigest()[:12]}.json"


def literal(now: datetime) -> str:
    """The instant as SQL has it: naive UTC to the second, see the macro `run_now`."""
    return f"'{now:%Y-%m-%d %H:%M:%S}'"


def _node(fields: dict[str, Any]) -> Node:
    return Node(**{**fields, "inputs": tuple(fields["inputs"]), "columns": tuple(fields["columns"])})


def _parents(node: Any) -> Iterable[str]:
    depends_on = getattr(node, "depends_on", None)
    return depends_on.nodes if depends_on is not None and str(node.resource_type) in {"model", "test"} else ()


def _relation(source: Any) -> str:
    return f'"warehouse"."{source.schema}"."{source.identifier}"'


def _recorded(node: Any, project: "Manifest", tables: Mapping[str, _Table]) -> Node:
    sql = getattr(node, "compiled_code", None) or ""
    inputs = tuple(sorted(_parents(node)))
    kind = str(node.resource_type)
    if kind == "test":
        return _recorded_test(node, project, sql, inputs)
    by_change = _by_change(node, inputs)
    if kind == "model" and node.config.materialized == "view":
        return Node(node.unique_id, "view", sql, inputs, node.relation_name, **by_change)
    made = tables[node.relation_name]
    described = (made.columns, made.comments)
    if kind == "seed":
        return Node(
            node.unique_id, "seed", "", (), node.relation_name, made.definition, *described, node.original_file_path
        )
    definition = made.definition if node.config.contract.enforced else ""
    return Node(node.unique_id, "table", sql, inputs, node.relation_name, definition, *described, **by_change)


def _by_change(node: Any, inputs: tuple[str, ...]) -> dict[str, Any]:
    """How changes reach a model or a test of several tables, from its configuration: its inputs are named there by the
    ends of their ids."""
    stated = node.config.meta.get("by_change")
    if not stated:
        return {}
    days = {}
    for name, day in stated["inputs"].items():
        (unique_id,) = [unique_id for unique_id in inputs if unique_id.endswith(f".{name}")]
        days[unique_id] = day
    return {"day": stated.get("day", ""), "days": days, "settles_within_days": stated.get("settles_within_days")}


def _recorded_test(node: Any, project: "Manifest", sql: str, inputs: tuple[str, ...]) -> Node:
    config = node.config
    day = _tested_day(node, project, sql)
    limit = f" limit {config.limit}" if config.limit else ""
    counted = (
        f"select {config.fail_calc}, {config.fail_calc} {config.warn_if}, {config.fail_calc} {config.error_if} "
        f"from (\n{sql}\n{limit}) as failing_rows"
    )
    is_warning = config.severity.lower() == "warn"
    by_change = {"day": day, "days": {node.attached_node: day}} if day else _by_change(node, inputs)
    return Node(
        node.unique_id,
        "test",
        counted,
        inputs,
        is_warning=is_warning,
        fails_if=config.warn_if if is_warning else config.error_if,
        **by_change,
    )


def _tested_day(node: Any, project: "Manifest", sql: str) -> str:
    """The day of a row of the tested model, where rows of unchanged days need not be tested again; else empty."""
    tested: Any = project.nodes.get(getattr(node, "attached_node", None) or "")
    stated = tested.config.meta.get("by_change") if tested is not None else None
    if not stated or sql.count(tested.relation_name) != 1:
        return ""
    test = node.test_metadata
    alike = {test.kwargs.get("column_name"), *test.kwargs.get("columns", ())}
    is_of_days = test.name in OF_ROWS_ALIKE and not alike.isdisjoint({stated["day"], *stated.get("same_day", ())})
    return str(stated["day"]) if is_of_days or test.name in OF_SINGLE_ROWS else ""


def _tables(connection: duckdb.DuckDBPyConnection) -> dict[str, _Table]:
    """Every table by its relation; from two queries, because each one goes through the whole catalogue."""
    rows = connection.execute(
        "select database_name, schema_name, table_name, column_name, comment from duckdb_columns() "
        "order by column_index"
    ).fetchall()
    columns: dict[str, dict[str, str | None]] = {}
    for database, schema, table, name, comment in rows:
        columns.setdefault(f'"{database}"."{schema}"."{table}"', {})[name] = comment
    tables = connection.execute("select database_name, schema_name, table_name, sql, comment from duckdb_tables()")
    found = {}
    for database, schema, table, sql, comment in tables.fetchall():
        relation = f'"{database}"."{schema}"."{table}"'
        comments = [f"comment on table {relation} is {quoted(comment)}"] if comment else []
        comments += [
            f'comment on column {relation}."{name}" is {quoted(text)}'
            for name, text in columns[relation].items()
            if text
        ]
        found[relation] = _Table(sql[sql.index("(") :].rstrip(";"), tuple(columns[relation]), ";\n".join(comments))
    return found


def quoted(text: str) -> str:
    """The text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
