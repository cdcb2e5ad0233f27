"""Which columns each column of a model comes from, read from the SQL that dbt compiled.

It changes only with the project, so it is made once, with the project's recording, and kept beside it.
"""

import json
import logging
import os
from pathlib import Path

from sqlglot import exp, parse_one
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope
from sqlglot.schema import MappingSchema

from orchestration.build.lineage_file import NAME, Origins
from orchestration.build.recording import Node, Recording

DIALECT = "duckdb"


def make_lineage(recording: Recording, folder: Path) -> None:
    """Write the lineage of the recorded project into `folder`, in one step."""
    unfinished = folder / f".{NAME}.{os.getpid()}"
    unfinished.write_text(json.dumps(column_lineage(recording)), encoding="utf-8")
    os.replace(unfinished, folder / NAME)


def column_lineage(recording: Recording) -> dict[str, Origins]:
    """Per model, the origins of its columns. A model that the parser does not understand is left out."""
    schema, ids = MappingSchema(dialect=DIALECT), {name: node for node, name in recording.sources.items()}
    for table, columns in _raw_columns(recording).items():
        schema.add_table(f'"warehouse"."raw"."{table}"', columns, dialect=DIALECT)
    found: dict[str, Origins] = {}
    for node in recording.nodes:
        if node.kind == "test":
            continue
        ids[node.relation] = node.unique_id
        columns = dict.fromkeys(node.columns, "unknown")
        if node.sql:
            try:
                found[node.unique_id], columns = _origins(node, schema, ids)
            except Exception as error:  # whatever the parser raises costs the lineage of one model, and no build
                logging.getLogger(__name__).info("no column lineage of %s: %s", node.unique_id, error)
        if columns:
            schema.add_table(node.relation, columns, dialect=DIALECT)
    return found


def _raw_columns(recording: Recording) -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = {}
    for line in recording.raw_tables.splitlines():
        table, column, _ = line.split(" ", 2)
        tables.setdefault(table, {})[column] = "unknown"
    return tables


def _origins(node: Node, schema: MappingSchema, ids: dict[str, str]) -> tuple[Origins, dict[str, str]]:
    """The origins of a model's columns, and its columns as the schema takes them."""
    query = qualify(parse_one(node.sql, dialect=DIALECT), schema=schema, dialect=DIALECT)
    if not isinstance(query, exp.Query):
        return {}, {}
    scope = build_scope(query)
    origins: Origins = {}
    for column in query.named_selects:
        try:
            # Untrimmed: it would copy the query for each step, to show the one column there.
            origin = lineage(column, query, schema=schema, dialect=DIALECT, scope=scope, copy=False, trim_selects=False)
            steps = list(origin.walk())
        except ValueError:
            # Of a union by name, a column that not every part has is not found.
            steps = []
        leaves = {
            (ids[name], step.name.rpartition(".")[2].strip('"'))
            for step in steps
            if not step.downstream
            and isinstance(step.expression, exp.Table)
            and (name := _name(step.expression)) in ids
        }
        origins[column] = sorted(leaves)
    return origins, dict.fromkeys(query.named_selects, "unknown")


def _name(table: exp.Expression) -> str:
    return ".".join(f'"{part.name}"' for part in table.parts) if isinstance(table, exp.Table) else ""
