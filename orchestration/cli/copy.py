"""`warehouse copy postgres`: the published marts for tools that query Postgres."""

from typing import Annotated

import typer

from orchestration.cli.exit_codes import Status, stop
from orchestration.report.query_result import Format, QueryResult

copy = typer.Typer(help="Copy the published marts to where other tools can query them.", no_args_is_help=True)


@copy.callback()
def _only_with_a_target() -> None:
    """Without a callback, typer would treat the only command as the program itself."""


@copy.command()
def postgres(
    schema: Annotated[str, typer.Option(help="The schema that becomes the copy.")] = "crypto_market",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Copy the published marts into a schema of the database at WAREHOUSE_POSTGRES_URL.

    Types, keys and comments are copied too. The earlier copy is replaced in one transaction, or kept on failure.
    """
    from orchestration.cli.query import write
    from orchestration.release.open import NothingPublished, newest_file
    from orchestration.release.postgres import copy_to_postgres
    from orchestration.release.postgres_tables import CopyFailed
    from orchestration.settings import Settings, SettingsError

    try:
        settings = Settings.load()
        file = newest_file(settings.published)
        if settings.postgres_url is None:
            stop("WAREHOUSE_POSTGRES_URL is not set: write postgresql://user:password@host:port/database into it")
        copied = copy_to_postgres(file, settings.postgres_url, schema)
    except (NothingPublished, SettingsError) as problem:
        stop(str(problem))
    except CopyFailed as failure:
        stop(str(failure), Status.BLOCKED)
    rows = [(f"{schema}.{table.name}", table.row_count) for table in copied]
    write(QueryResult(("table", "rows"), rows), Format.json if as_json else Format.table)
