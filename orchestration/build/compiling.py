"""Making a recording (`recording.py`): dbt compiles the project, and its tables are made without rows in memory.

That takes dbt four seconds, and a build thirty. Of what dbt does in a build beyond running the compiled SQL, two things
decide over the result, and are done here by dbt's own means: the definition of a table that has a contract, and the
comparison of its columns with those that its SQL has. A project that does not pass, or that can't be recorded, has no
recording: dbt builds it, and says what is wrong. `test_build_by_change.py` compares a played build with dbt's.
"""

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
from filelock import FileLock

from orchestration.build.invocation import TransformFailed, invoke
from orchestration.build.lineage_file import NAME as LINEAGE
from orchestration.build.parsing import parsed_project
from orchestration.build.recording import NOW, RECORDED, Recording, literal, quoted, record
from orchestration.project import DBT_PROJECT

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt.contracts.graph.nodes import ResultNode

SOME_INSTANT = literal(datetime(2000, 1, 1, tzinfo=UTC))
"""Stands for the instant of the run while tables without rows are made."""
AT_THE_END = """
{%%- set results = [] -%%}
{%%- for id in %s -%%}{%%- do results.append({"status": "success", "node": graph.nodes[id]}) -%%}{%%- endfor -%%}
%s
"""
"""The hooks at the end of a build, as dbt compiles them after one in which every model succeeded."""


class NotRecordable(Exception):
    """A build of this project can't be played."""


def recording_of(folder: Path, raw_tables: str) -> Recording | None:
    """The recording of the parsed project in `folder` for these raw tables; made where there is none yet.

    The lineage of columns is made with it. None where the project can't be recorded. One process at a time makes it.
    """
    with FileLock(folder / "recording.lock"):
        if (kept := Recording.load(folder, raw_tables)) is None:
            try:
                make_recording(raw_tables).save(folder)
            except (NotRecordable, TransformFailed, duckdb.Error):
                return None
            kept = Recording.load(folder, raw_tables)
        if kept and not (folder / LINEAGE).exists():
            # The SQL parser is imported for those alone who change the project: a wheel brings both.
            from orchestration.build.lineage import make_lineage

            make_lineage(kept, folder)
        return kept


def make_recording(raw_tables: str) -> Recording:
    """The recording of this project for these raw tables. Raises NotRecordable, or what dbt and DuckDB refuse."""
    project = parsed_project()
    with TemporaryDirectory() as scratch:
        compiled = _compiled(project, Path(scratch))
        nodes = _in_order([node for node in compiled if str(node.resource_type) in RECORDED])
        models = [node.unique_id for node in nodes if str(node.resource_type) == "model"]
        hooks = [node.raw_code for node in compiled if "on-run-end" in node.tags]
        project.build_flat_graph()
        (end,) = _compiled(project, Path(scratch), "--inline", AT_THE_END % (json.dumps(models), ";\n".join(hooks)))
    with empty_files(raw_tables) as connection:
        for node in nodes:
            make_empty(node, connection)
        return record(nodes, project, connection, (end.compiled_code or "").strip())


def _compiled(project: "Manifest", scratch: Path, *arguments: str) -> "list[ResultNode]":
    """The nodes as dbt compiled them."""
    options = ["--no-write-json", "--no-populate-cache", "--log-level", "none"]
    instant = json.dumps({"now": NOW.strip("'")})
    outcome = invoke(
        ["compile", *options, "--vars", instant, *arguments],
        {
            "WAREHOUSE_FILE": str(scratch / "warehouse.duckdb"),
            "WAREHOUSE_RELEASE_FILE": str(scratch / "crypto_market.duckdb"),
            "DBT_LOG_PATH": str(scratch),
            "DBT_TARGET_PATH": str(scratch / "target"),
        },
        project,
    )
    return [result.node for result in getattr(outcome.result, "results", [])]


def _in_order(nodes: "Sequence[ResultNode]") -> "list[ResultNode]":
    """In dependency order, and always in the same: dbt's own differs from time to time."""
    by_id: dict[str, Any] = {node.unique_id: node for node in nodes}
    depths: dict[str, int] = {}

    def depth(unique_id: str) -> int:
        if unique_id not in depths:
            parents = getattr(by_id[unique_id].depends_on, "nodes", ())
            depths[unique_id] = 1 + max((depth(parent) for parent in parents if parent in by_id), default=0)
        return depths[unique_id]

    return sorted(nodes, key=lambda node: (depth(node.unique_id), node.unique_id))


def empty_files(raw_tables: str) -> duckdb.DuckDBPyConnection:
    """A working file and a draft in memory, with raw tables that have no rows."""
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as warehouse; attach ':memory:' as release; use warehouse; create schema raw")
    for schema in ("staging", "intermediate", "seeds", "release.marts"):
        connection.execute(f"create schema {schema}")
    columns: dict[str, list[str]] = {}
    for line in raw_tables.splitlines():
        table, column, kind = line.split(" ", 2)
        columns.setdefault(table, []).append(f'"{column}" {kind}')
    for table, definitions in columns.items():
        connection.execute(f'create table raw."{table}" ({", ".join(definitions)})')
    return connection


def make_empty(node: Any, connection: duckdb.DuckDBPyConnection) -> None:
    """Make the view, or the table without its rows. Raises NotRecordable where its columns are not its contract's."""
    kind = str(node.resource_type)
    if kind == "test":
        return
    sql = (node.compiled_code or "").replace(NOW, SOME_INSTANT)
    if kind == "model" and node.config.materialized == "view":
        connection.execute(f"create view {node.relation_name} as (\n{sql}\n)")
        return
    if kind == "seed":
        connection.execute(f"create table {node.relation_name} ({_columns_of_seed(node)})")
    elif node.config.materialized != "table":
        raise NotRecordable(f"{node.unique_id} is materialized as {node.config.materialized}")
    elif node.config.contract.enforced:
        connection.execute(f"create table {node.relation_name} ({_columns_of_contract(node)})")
        if _described(connection, node.relation_name) != _described(connection, f"(\n{sql}\n)"):
            raise NotRecordable(f"{node.unique_id} has other columns than its contract")
    else:
        connection.execute(f"create table {node.relation_name} as (\n{sql}\n) with no data")
    _comment(node, connection)


def _columns_of_seed(node: Any) -> str:
    """Their names from the file, their types from the seed's configuration."""
    with (DBT_PROJECT / node.original_file_path).open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    types = node.config.column_types
    if missing := [name for name in names if name not in types]:
        raise NotRecordable(f"{node.unique_id} has no types for {', '.join(missing)}: dbt guesses them from all rows")
    return ", ".join(f'"{name}" {types[name]}' for name in names)


def _columns_of_contract(node: Any) -> str:
    from dbt.adapters.duckdb import DuckDBAdapter

    columns = {name: column.to_dict() for name, column in node.columns.items()}
    # As the project's `duckdb__get_table_columns_and_constraints` has it: a table made by change has no index.
    by_change = "by_change" in node.config.meta
    rules = [one.to_dict() for one in node.constraints if not (by_change and one.type == "primary_key")]
    constraints: Sequence[str] = DuckDBAdapter.render_raw_model_constraints(rules)
    return ", ".join([*DuckDBAdapter.render_raw_columns_constraints(columns), *constraints])


def _described(connection: duckdb.DuckDBPyConnection, relation: str) -> set[tuple[str, str]]:
    """Names and types of the columns, from which dbt takes its own comparison."""
    return {(name, kind) for name, kind, *_ in connection.execute(f"describe (from {relation})").fetchall()}


def _comment(node: Any, connection: duckdb.DuckDBPyConnection) -> None:
    """Comments as the project's `duckdb__persist_docs` gives them to every table, whatever its configuration."""
    connection.execute(f"comment on table {node.relation_name} is {quoted(node.description)}")
    for column in node.columns.values():
        connection.execute(f'comment on column {node.relation_name}."{column.name}" is {quoted(column.description)}')
