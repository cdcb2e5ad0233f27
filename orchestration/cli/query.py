"""Running one statement on a published file, and writing its result in a format."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.file_errors import first_line, is_damage
from orchestration.report.exact import exact_rows
from orchestration.report.query_result import Format, QueryResult, to_csv, to_excel, to_json, to_markdown

if TYPE_CHECKING:
    import duckdb

TABLES = """
select table_name as "table", estimated_size as "rows", comment as description
from duckdb_tables() where schema_name = 'marts' order by table_name
"""
COLUMNS = """
select table_name as "table", column_name as "column", data_type as "type", comment as description
from duckdb_columns() semi join duckdb_tables() using (database_name, schema_name, table_name)
where schema_name = 'marts' and table_name like ?
order by table_name, column_index
"""


TEXT_FILES: dict[str, Callable[[QueryResult], str]] = {".csv": to_csv, ".json": to_json, ".md": to_markdown}
PARQUET, WORKBOOK = ".parquet", ".xlsx"
EXTENSIONS = (*TEXT_FILES, PARQUET, WORKBOOK)


class QueryRejected(Exception):
    """A query that can't be run; the message is a sentence with a next step."""


def run_query(connection: "duckdb.DuckDBPyConnection", query: str) -> QueryResult:
    """The result of one statement or dot command. Raises `QueryRejected`."""
    import duckdb

    text = query.strip()
    if text.startswith("."):
        return _dot_command(connection, text)
    try:
        statement = _single_statement(connection, text)
        result = connection.execute(statement)
        described = result.description or []
        rows = exact_rows(connection, statement.query, [column[1] for column in described], result.fetchall())
        return QueryResult([column[0] for column in described], rows)
    except duckdb.Error as error:
        if is_damage(str(error)):
            raise
        raise QueryRejected(explain(error)) from None


def write_file(connection: "duckdb.DuckDBPyConnection", query: str, path: Path) -> int:
    """Write the result of one statement to `path`, in the format of its extension. Returns the number of rows.

    A file of that name is replaced once the new one is whole. Parquet keeps DuckDB's types. Raises QueryRejected.
    """
    if path.suffix not in EXTENSIONS:
        known = ", ".join(EXTENSIONS)
        raise QueryRejected(f"the format of {path} is not known: its name has to end in one of {known}")
    building = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.suffix == PARQUET:
            rows = _write_parquet(connection, query, building)
        else:
            result = run_query(connection, query)
            if path.suffix == WORKBOOK:
                _write_workbook(result, building)
            else:
                building.write_text(TEXT_FILES[path.suffix](result), encoding="utf-8", newline="")
            rows = len(result.rows)
        os.replace(building, path)
    finally:
        building.unlink(missing_ok=True)
    return rows


def _write_workbook(result: QueryResult, path: Path) -> None:
    from orchestration.report.workbook import DoesNotFit, write_workbook

    try:
        write_workbook(result, path)
    except DoesNotFit as problem:
        raise QueryRejected(str(problem)) from None


def _write_parquet(connection: "duckdb.DuckDBPyConnection", query: str, path: Path) -> int:
    import duckdb
    from pyarrow import ArrowNotImplementedError, parquet

    try:
        table = connection.execute(_single_statement(connection, query)).to_arrow_table()
    except duckdb.Error as error:
        if is_damage(str(error)):
            raise
        raise QueryRejected(explain(error)) from None
    try:
        parquet.write_table(table, path, compression="zstd")
    except ArrowNotImplementedError as error:
        raise QueryRejected(
            f"Parquet has no type for a column of this result ({first_line(error)}): cast intervals and unions to "
            "varchar, or write another format"
        ) from None
    return int(table.num_rows)


def _single_statement(connection: "duckdb.DuckDBPyConnection", query: str) -> "duckdb.Statement":
    statements = connection.extract_statements(query)
    if not statements:
        raise QueryRejected("there is no query in it; try: warehouse sql .tables")
    if len(statements) > 1:
        raise QueryRejected(f"these are {len(statements)} statements; run them one at a time")
    return statements[0]


def explain(error: "duckdb.Error") -> str:
    """What went wrong with a query, as a sentence with a next step."""
    import duckdb

    message = str(error).strip()
    if "read-only mode" in message:
        return "the published file is read-only, so this statement can't run; only a new `warehouse run` changes it"
    if isinstance(error, duckdb.PermissionException) or "configuration has been locked" in message:
        return "this connection is locked to the published tables: a query can't reach other files or change settings"
    if "is not kept by instant" in message:
        return message.partition(": ")[2]
    if isinstance(error, duckdb.CatalogException):
        return f"{message}\nList what there is with: warehouse sql .tables"
    return message


def write(result: QueryResult, format_: Format) -> None:
    """Writes the result to standard output."""
    if format_ is Format.table:
        from orchestration.report.terminal import Terminal
        from orchestration.report.terminal_table import terminal_table

        sys.stdout.write(terminal_table(result, Terminal.of()))
        return
    if format_ is Format.excel:
        # Bytes, whatever this terminal's encoding and line ends: it is the content of a file.
        sys.stdout.buffer.write(to_excel(result).encode())
        return
    writers = {Format.json: to_json, Format.markdown: to_markdown}
    sys.stdout.write(to_csv(result) if format_ is Format.csv else writers[format_](result))


def _dot_command(connection: "duckdb.DuckDBPyConnection", text: str) -> QueryResult:
    command, _, argument = text.rstrip(";").partition(" ")
    if command == ".tables":
        result = connection.execute(TABLES)
    elif command == ".schema":
        pattern = argument.strip().removeprefix("marts.") or "%"
        result = connection.execute(COLUMNS, [pattern])
    else:
        raise QueryRejected(f"{command} is unknown; there are .tables and .schema [TABLE]")
    columns = [column[0] for column in result.description or []]
    rows = result.fetchall()
    if not rows:
        raise QueryRejected(f"there is no table {argument.strip()!r}; list what there is with .tables")
    names = {row[0] for row in rows}
    title = _title(connection, names.pop()) if command == ".schema" and len(names) == 1 else ""
    return QueryResult(columns, rows, title)


def _title(connection: "duckdb.DuckDBPyConnection", table: str) -> str:
    """The table's name and description."""
    found = connection.execute(
        "select comment from duckdb_tables() where schema_name = 'marts' and table_name = ?", [table]
    ).fetchone()
    return f"{table}: {found[0]}" if found and found[0] else table
