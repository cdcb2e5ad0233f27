"""A mart as a Postgres table: its types, its rows by COPY, its key and its comments.

It is made and filled inside the caller's transaction (`orchestration.release.postgres`).
"""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg import sql

from orchestration.release.keys import primary_keys

if TYPE_CHECKING:
    import duckdb

Cursor = psycopg.Cursor[tuple[Any, ...]]
BATCH_ROWS = 100_000

TYPES: dict[str, LiteralString] = {
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric(38, 0)",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP": "timestamp without time zone",
    "VARCHAR": "text",
    "JSON": "jsonb",
}
COLUMNS = (
    "select column_name, data_type, is_nullable, comment from duckdb_columns() "
    "where schema_name = 'marts' and table_name = ? order by column_index"
)


class CopyFailed(Exception):
    """Nothing was changed in Postgres; the message gives the reason and the next step."""


@dataclass(frozen=True)
class Column:
    """A column of a mart; `type` is DuckDB's."""

    name: str
    type: str
    is_nullable: bool
    comment: str | None


def copy_table(
    source: "duckdb.DuckDBPyConnection", cursor: Cursor, table: sql.Identifier, mart: str, comment: str | None
) -> int:
    """Create `table` as a copy of `marts.<mart>`, with its key and comments. Returns its rows. Raises CopyFailed."""
    columns = [Column(*row) for row in source.execute(COLUMNS, [mart]).fetchall()]
    definitions = sql.SQL(", ").join(_definition(column) for column in columns)
    cursor.execute(sql.SQL("create table {} ({})").format(table, definitions))
    _fill(source, cursor, table, mart)
    arrived = cursor.rowcount
    (counted,) = source.execute(f"select count(*) from marts.{mart}").fetchall()
    if arrived != counted[0]:
        raise CopyFailed(f"{arrived} rows of {mart} were copied to Postgres, but the release has {counted[0]}")
    if key := primary_keys(source).get(mart):
        names = sql.SQL(", ").join(map(sql.Identifier, key))
        cursor.execute(sql.SQL("alter table {} add primary key ({})").format(table, names))
    _comment(cursor, table, columns, comment)
    cursor.execute(sql.SQL("analyze {}").format(table))
    return arrived


def postgres_type(duckdb_type: str) -> sql.Composable:
    """The type of a column in Postgres. Raises CopyFailed for an unmapped type."""
    if decimal := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", duckdb_type):
        return sql.SQL("numeric({}, {})").format(*(sql.Literal(int(digits)) for digits in decimal.groups()))
    if duckdb_type not in TYPES:
        raise CopyFailed(
            f"there is no Postgres type for {duckdb_type}: add it to TYPES in orchestration/release/postgres_tables.py"
        )
    return sql.SQL(TYPES[duckdb_type])


def _definition(column: Column) -> sql.Composed:
    constraint = sql.SQL("" if column.is_nullable else " not null")
    return sql.SQL("{} {}{}").format(sql.Identifier(column.name), postgres_type(column.type), constraint)


NO_LETTER = "\N{REPLACEMENT CHARACTER}".encode()
"""In the place of a zero, as a binary body that came for figures has it: texts of Postgres hold none."""


def _fill(source: "duckdb.DuckDBPyConnection", cursor: Cursor, table: sql.Identifier, mart: str) -> None:
    """The rows by COPY, as CSV: texts are quoted, so that an empty one differs from null."""
    import pyarrow.csv

    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    rows = source.execute(f"select * from marts.{mart}").to_arrow_reader(BATCH_ROWS)
    with cursor.copy(sql.SQL("copy {} from stdin (format csv)").format(table)) as copy:
        for batch in rows:
            text = io.BytesIO()
            pyarrow.csv.write_csv(batch, text, options)
            copy.write(text.getvalue().replace(b"\0", NO_LETTER))


def _comment(cursor: Cursor, table: sql.Identifier, columns: Iterable[Column], comment: str | None) -> None:
    cursor.execute(sql.SQL("comment on table {} is {}").format(table, sql.Literal(comment)))
    for column in columns:
        place = sql.SQL("{}.{}").format(table, sql.Identifier(column.name))
        cursor.execute(sql.SQL("comment on column {} is {}").format(place, sql.Literal(column.comment)))
