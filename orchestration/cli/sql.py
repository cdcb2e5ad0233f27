"""`warehouse sql`: one read-only query on the published file, or a prompt for many."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.exit_codes import stop
from orchestration.file_errors import is_damage
from orchestration.report.exact import exact_rows
from orchestration.report.query_result import Format, QueryResult, to_csv, to_excel, to_json, to_markdown

if TYPE_CHECKING:
    from datetime import datetime

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


class QueryRejected(Exception):
    """A query that can't be answered; the message is a sentence with a next step."""


def sql(
    query: Annotated[
        str | None, typer.Argument(help="One SQL query; without it, a prompt (or standard input).")
    ] = None,
    format_: Annotated[
        Format,
        typer.Option(
            "--format", "-f", help="How the answer is written. In JSON, which has neither, NaN and infinity are null."
        ),
    ] = Format.table,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="The tables as known at an instant (UTC): 2025-06-11, 2025-06-11T06:00."),
    ] = None,
) -> None:
    """Ask the published file with SQL; it is read-only, and queries can't touch other files.

    \b
    warehouse sql "select trade_date, close_usd from fct_daily_prices where asset = 'BTC' order by 1 desc limit 5"
    warehouse sql .tables                 what there is; .schema TABLE lists a table's columns
    """
    from orchestration.release.as_of import UnknownInstant, instant
    from orchestration.release.open import newest_file, reading
    from orchestration.settings import Settings

    try:
        known_at = instant(as_of) if as_of is not None else None
    except UnknownInstant as problem:
        stop(str(problem))
    file = newest_file(Settings.load().published)
    with reading(file, as_of=known_at) as connection:
        if known_at is not None:
            _warn_if_too_early(connection, known_at)
        if query is None and sys.stdin.isatty():
            from orchestration.cli.prompt import run_prompt

            version = file.version if known_at is None else f"{file.version}, as known at {known_at} UTC"
            run_prompt(connection, version, Format.json if as_json else format_)
            return
        try:
            answer = ask(connection, query if query is not None else sys.stdin.read())
        except QueryRejected as refusal:
            stop(str(refusal))
    write(answer, Format.json if as_json else format_)


def _warn_if_too_early(connection: "duckdb.DuckDBPyConnection", known_at: "datetime") -> None:
    from orchestration.release.as_of import first_observation

    first = first_observation(connection)
    if first is None or known_at < first:
        begins = f"the first figures were observed at {first} UTC" if first else "there is no figure"
        print(f"nothing was known yet at {known_at} UTC: {begins}", file=sys.stderr)


def ask(connection: "duckdb.DuckDBPyConnection", query: str) -> QueryResult:
    """The answer to one statement or dot command. Raises `QueryRejected`."""
    import duckdb

    text = query.strip()
    if text.startswith("."):
        return _dot_command(connection, text)
    try:
        statements = connection.extract_statements(text)
        if not statements:
            raise QueryRejected("there is no query in it; try: warehouse sql .tables")
        if len(statements) > 1:
            raise QueryRejected(f"these are {len(statements)} statements; ask them one at a time")
        result = connection.execute(statements[0])
        described = result.description or []
        rows = exact_rows(connection, statements[0].query, [column[1] for column in described], result.fetchall())
        return QueryResult([column[0] for column in described], rows)
    except duckdb.Error as error:
        if is_damage(str(error)):
            raise
        raise QueryRejected(explain(error)) from None


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


def write(answer: QueryResult, format_: Format) -> None:
    """Writes the answer to standard output."""
    if format_ is Format.table:
        from rich.console import Console

        from orchestration.report.terminal_table import terminal_table

        console = Console() if sys.stdout.isatty() else Console(width=10_000)
        console.print(terminal_table(answer, console), soft_wrap=not console.is_terminal)
        return
    if format_ is Format.excel:
        # As it is, whatever this terminal's encoding and line ends: it is the content of a file.
        sys.stdout.buffer.write(to_excel(answer).encode())
        return
    writers = {Format.json: to_json, Format.markdown: to_markdown}
    sys.stdout.write(to_csv(answer) if format_ is Format.csv else writers[format_](answer))


def _dot_command(connection: "duckdb.DuckDBPyConnection", text: str) -> QueryResult:
    command, _, argument = text.rstrip(";").partition(" ")
    if command == ".tables":
        result = connection.execute(TABLES)
    elif command == ".schema":
        result = connection.execute(COLUMNS, [argument.strip().removeprefix("marts.") or "%"])
    else:
        raise QueryRejected(f"{command} is not known; there are .tables and .schema [TABLE]")
    columns = [column[0] for column in result.description or []]
    rows = result.fetchall()
    if not rows:
        raise QueryRejected(f"there is no table {argument.strip()!r}; list what there is with .tables")
    return QueryResult(columns, rows)
