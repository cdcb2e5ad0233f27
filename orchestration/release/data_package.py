"""A Frictionless data package descriptor beside the Parquet files of a release.

`parquet/datapackage.json` names every table with its columns, types, descriptions and key, for a tool that knows the
format or a person who receives the folder: https://datapackage.org/standard/data-package/ (version 2).
Everything in it is read from the draft, where dbt wrote it.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.release.parquet_files import PublishedTable

NAME = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
TYPES = {
    "BIGINT": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "number",
    "FLOAT": "number",
    "HUGEINT": "integer",
    "INTEGER": "integer",
    "JSON": "object",
    "SMALLINT": "integer",
    "TIME": "time",
    "TIMESTAMP": "datetime",
    "TIMESTAMP WITH TIME ZONE": "datetime",
    "VARCHAR": "string",
}
COLUMNS = """
select table_name, column_name, data_type, comment, is_nullable from duckdb_columns()
where schema_name = 'marts' and not internal order by table_name, column_index
"""
KEYS = """
select table_name, constraint_column_names from duckdb_constraints()
where schema_name = 'marts' and constraint_type = 'PRIMARY KEY'
"""
DESCRIPTIONS = "select table_name, comment from duckdb_tables() where schema_name = 'marts'"


def write_descriptor(
    folder: Path, draft: Path, version: str, created: datetime, tables: Iterable[PublishedTable]
) -> None:
    """Write the descriptor of `tables` into `folder`, which holds `<table>/*.parquet`."""
    with duckdb.connect(str(draft), read_only=True) as connection:
        columns = connection.execute(COLUMNS).fetchall()
        keys = dict(connection.execute(KEYS).fetchall())
        descriptions = dict(connection.execute(DESCRIPTIONS).fetchall())
    fields: dict[str, list[dict[str, Any]]] = {}
    for table, name, kind, comment, is_nullable in columns:
        fields.setdefault(table, []).append(_field(name, kind, comment, is_nullable))
    descriptor = {
        "$schema": PROFILE,
        "name": "crypto-market-warehouse",
        "title": "Crypto market warehouse",
        "version": version,
        "created": created.isoformat(),
        "description": "Days and instants are UTC. Figures belong to their providers, see `source` in each row.",
        "resources": [
            {
                "name": table.name,
                "path": _path(table),
                "format": "parquet",
                "mediatype": "application/vnd.apache.parquet",
                **({"description": descriptions[table.name]} if descriptions.get(table.name) else {}),
                "schema": {
                    "fields": fields.get(table.name, []),
                    **({"primaryKey": keys[table.name]} if keys.get(table.name) else {}),
                },
            }
            for table in sorted(tables, key=lambda table: table.name)
        ],
    }
    (folder / NAME).write_text(json.dumps(descriptor, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _path(table: PublishedTable) -> str | list[str]:
    """Where the rows are: a file, or the files of a table that is divided by years, to be read one after another."""
    paths = [f"{table.name}/{file}" for file in sorted(table.files)]
    return paths[0] if len(paths) == 1 else paths


def _field(name: str, kind: str, comment: str | None, is_nullable: bool) -> dict[str, Any]:
    """A column as the format describes it; a decimal is a number, a type without a counterpart `any`."""
    type_ = "number" if kind.startswith("DECIMAL") else "array" if kind.endswith("]") else TYPES.get(kind, "any")
    field: dict[str, Any] = {"name": name, "type": type_}
    if comment:
        field["description"] = comment
    if not is_nullable:
        field["constraints"] = {"required": True}
    return field
