"""`warehouse sql`: one read-only query on the published file, or a prompt for many."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli import given_text
from orchestration.cli.exit_codes import stop
from orchestration.cli.query import QueryRejected, run_query, write, write_file
from orchestration.report.query_result import Format

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb


def sql(
    query: Annotated[
        str | None, typer.Argument(help="One SQL query; without it, a prompt (or standard input).")
    ] = None,
    format_: Annotated[
        Format,
        typer.Option(
            "--format", "-f", help="The output format. In JSON, which has neither, NaN and infinity are null."
        ),
    ] = Format.table,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write a file, by its extension: .csv, .json, .md, .parquet, .xlsx."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="The tables as known at an instant (UTC): 2025-06-11, 2025-06-11T06:00."),
    ] = None,
) -> None:
    """Query the published file with SQL; it is read-only, and queries can't read other files.

    \b
    warehouse sql "select trade_date, close_usd from fct_daily_prices where asset = 'BTC' order by 1 desc limit 5"
    warehouse sql .tables                 list the tables; .schema TABLE lists a table's columns
    """
    from orchestration.release.as_of import UnknownInstant, instant
    from orchestration.release.open import newest_file, reading
    from orchestration.settings import Settings

    try:
        as_of_instant = instant(as_of) if as_of is not None else None
    except UnknownInstant as problem:
        stop(str(problem))
    file = newest_file(Settings.load().published)
    with reading(file, as_of=as_of_instant) as connection:
        if as_of_instant is not None:
            _warn_if_too_early(connection, as_of_instant)
        if query is None and output is None and sys.stdin.isatty():
            from orchestration.cli.prompt import run_prompt

            version = file.version if as_of_instant is None else f"{file.version}, as known at {as_of_instant} UTC"
            run_prompt(connection, version, Format.json if as_json else format_)
            return
        try:
            text = given_text.query(query) if query is not None else given_text.standard_input()
            if output is not None:
                print(f"wrote {write_file(connection, text, output):,} rows to {output}", file=sys.stderr)
                return
            result = run_query(connection, text)
        except QueryRejected as refusal:
            stop(str(refusal))
    write(result, Format.json if as_json else format_)


def _warn_if_too_early(connection: "duckdb.DuckDBPyConnection", as_of_instant: "datetime") -> None:
    from orchestration.release.as_of import first_observation

    first = first_observation(connection)
    if first is None or as_of_instant < first:
        begins = f"the first figures were observed at {first} UTC" if first else "there are no figures"
        print(f"nothing had been observed yet at {as_of_instant} UTC: {begins}", file=sys.stderr)
