"""`warehouse lake`: make the store that machines share, move a home into it, compact it, see what it holds."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.exit_codes import stop
from orchestration.cli.supervision import supervise
from orchestration.report.query_result import Format, QueryResult

if TYPE_CHECKING:
    from orchestration.lake.settings import Lake

lake = typer.Typer(help="The store that several machines share instead of a working file.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def _lake() -> "Lake":
    from orchestration.lake.settings import CATALOGUE_EXAMPLE, DATA_EXAMPLE
    from orchestration.settings import Settings

    found = Settings.load().lake
    if found is None:
        stop(
            f"WAREHOUSE_LAKE and WAREHOUSE_LAKE_DATA are not set: write {CATALOGUE_EXAMPLE} into the first, and "
            f"{DATA_EXAMPLE}, into the second"
        )
    return found


@lake.command()
def init() -> None:
    """Make the lake at WAREHOUSE_LAKE, once. What exists stays."""
    from orchestration.lake.upkeep import init as make

    named = _lake()
    snapshot = make(named)
    print(f"{named} is ready, with its rows in {named.data} (snapshot {snapshot})")


@lake.command()
def compact() -> None:
    """Merge small files of the raw tables. Every snapshot stays readable; runs may go on meanwhile."""
    from orchestration.lake.upkeep import compact as merge

    named = _lake()
    supervise()
    before, after = merge(named)
    print(f"{before:,} files of raw tables became {after:,}")


@lake.command()
def status(as_json: Json = False) -> None:
    """Per raw table: rows, files, bytes; on a terminal also the snapshot, and who works on what."""
    from orchestration.cli.query import write
    from orchestration.lake.attach import newest_snapshot
    from orchestration.lake.upkeep import leases_of, tables
    from orchestration.raw.working_file import connect

    named = _lake()
    with connect(named, read_only=True) as connection:
        found, snapshot = tables(connection), newest_snapshot(connection)
    rows = [
        (table.name, table.row_count, table.file_count, table.bytes, table.mean_file_bytes, table.delete_file_count)
        for table in found
    ]
    columns = ("table", "rows", "files", "bytes", "mean_file_bytes", "delete_files")
    write(QueryResult(columns, rows), Format.json if as_json else Format.table)
    if not as_json:
        print(f"{named}, rows in {named.data}: snapshot {snapshot}")
        for lease in leases_of(named):
            print(f"{lease.holder} works on {lease.name} since {lease.taken_at:%Y-%m-%d %H:%M:%S} UTC")


@lake.command("import")
def import_(
    home: Annotated[Path, typer.Argument(help="The home to move: the folder with its warehouse.duckdb.")],
    as_json: Json = False,
) -> None:
    """Copy a home's raw tables and landing files into the lake, and compare digests. The home stays as it is."""
    from orchestration.cli.query import write
    from orchestration.lake.moving import import_home

    named = _lake()
    supervise()
    imported = import_home(named, home, lambda sentence: print(sentence, file=sys.stderr, flush=True))
    rows = [(f"raw.{table.table}", table.row_count, table.digest, table.was_there) for table in imported]
    write(QueryResult(("table", "rows", "digest", "was_there"), rows), Format.json if as_json else Format.table)
