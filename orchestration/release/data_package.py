"""A Frictionless data package descriptor beside the Parquet files of a release.

`parquet/datapackage.json` names every table with its columns, types, descriptions and key, for a tool that knows the
format or a person who receives the folder: https://datapackage.org/standard/data-package/ (version 2).
Everything in it is read from the draft, where dbt wrote it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.release.keys import primary_keys
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
DESCRIPTIONS = "select table_name, comment from duckdb_tables() where schema_name = 'marts'"


@dataclass(frozen=True)
class Described:
    """What dbt wrote about the tables of a draft: by table its columns as the format has them, its key, its text."""

    fields: Mapping[str, list[dict[str, Any]]]
    keys: Mapping[str, list[str]]
    texts: Mapping[str, str | None]

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection) -> "Described":
        """From the draft that is open in `connection`."""
        fields: dict[str, list[dict[str, Any]]] = {}
        for table, name, kind, comment, is_nullable in connection.execute(COLUMNS).fetchall():
            fields.setdefault(table, []).append(_field(name, kind, comment, is_nullable))
        return cls(fields, primary_keys(connection), dict(connection.execute(DESCRIPTIONS).fetchall()))

    def resource(self, table: PublishedTable) -> dict[str, Any]:
        """A table with its files."""
        return {
            "name": table.name,
            "path": _path(table),
            "format": "parquet",
            "mediatype": "application/vnd.apache.parquet",
            **({"description": text} if (text := self.texts.get(table.name)) else {}),
            "schema": {
                "fields": self.fields.get(table.name, []),
                **({"primaryKey": key} if (key := self.keys.get(table.name)) else {}),
            },
        }


def write_descriptor(
    folder: Path, described: Described, version: str, created: datetime, tables: Iterable[PublishedTable]
) -> None:
    """Write the descriptor of `tables` into `folder`, which holds `<table>/*.parquet`."""
    package = {
        "$schema": PROFILE,
        "name": "crypto-market-warehouse",
        "title": "Crypto market warehouse",
        "version": version,
        "created": created.isoformat(),
        "description": "Days and instants are UTC. Figures belong to their providers, see `source` in each row.",
    }
    resources = [described.resource(table) for table in sorted(tables, key=lambda table: table.name)]
    # A table a line: with an indent the library encodes in Python, which takes ten times as long.
    head = json.dumps(package, ensure_ascii=False).removesuffix("}")
    lines = ",\n".join(json.dumps(resource, ensure_ascii=False) for resource in resources)
    (folder / NAME).write_text(f'{head}, "resources": [\n{lines}\n]}}\n', encoding="utf-8")


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
