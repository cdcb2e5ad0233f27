"""Moving a home's history into a lake: every raw table with equal digests, the landing files, the origin.

Table by table, each in one transaction: an interrupted import is repeated, and goes on with what is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.file_errors import FileUnusable
from orchestration.home import WrongHome, exclusive
from orchestration.lake.attach import NAME
from orchestration.lake.landing import SharedFiles
from orchestration.lake.origin import claim
from orchestration.lake.settings import Lake
from orchestration.lake.turns import commit, in_turn, roll_back
from orchestration.raw.working_file import DROPPED_COLUMN, connect, prepare
from orchestration.settings import ORIGINS, Origin
from orchestration.sources.shared.registry import datasets

HOME = "home_file"
Digest = tuple[int, int]
"""Rows, and the sum of a hash of each row's text: equal whatever the order, and it counts a row that is there twice."""


class ImportRefused(FileUnusable):
    """The lake holds other rows already; the message names the table."""


@dataclass(frozen=True)
class Imported:
    """One raw table that is now the same in the lake. `was_there`: an earlier import stored it."""

    table: str
    row_count: int
    digest: str
    was_there: bool


def import_home(lake: Lake, home: Path, report: Callable[[str], None]) -> list[Imported]:
    """Copy the history of `home` into the lake. `report` takes a sentence per step.

    Raises ImportRefused where the lake holds other rows, FileUnusable for a home without a working file, and WrongHome
    where the lake has figures of another origin.
    """
    file = home / "warehouse.duckdb"
    if not file.exists():
        raise FileUnusable(f"{home} has no working file warehouse.duckdb: name the folder of a warehouse's home")
    with exclusive(home, report):
        with connect(file, read_only=True):
            pass
        _claim_origin(lake, home)
        with connect(lake) as connection:
            prepare(connection, datasets())
            connection.execute(f"attach '{str(file).replace(chr(39), chr(39) * 2)}' as {HOME} (read_only)")
            try:
                imported = [_import(connection, table, report) for table in _tables(connection)]
            finally:
                connection.execute(f"detach {HOME}")
        count = SharedFiles(lake, home / "landing").store_all()
        report(f"{count:,} landing files stored in {lake.data}landing/")
    return imported


def _claim_origin(lake: Lake, home: Path) -> None:
    written = (home / "origin").read_text().strip() if (home / "origin").exists() else "live"
    origin: Origin = next((origin for origin in ORIGINS if origin == written), "live")
    if (held := claim(lake, origin)) != origin:
        raise WrongHome(f"{lake} holds {held} figures and {home} {origin} ones, and the two are never mixed")


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name = 'raw' order by table_name",
        [HOME],
    ).fetchall()
    return [name for (name,) in found]


def _import(connection: duckdb.DuckDBPyConnection, table: str, report: Callable[[str], None]) -> Imported:
    columns = [
        name
        for (name,) in connection.execute(
            "select column_name from duckdb_columns() where database_name = ? and schema_name = 'raw' "
            "and table_name = ? and column_name <> ? order by column_index",
            [HOME, table, DROPPED_COLUMN],
        ).fetchall()
    ]
    source = f"select {', '.join(columns)} from {HOME}.raw.{table}"
    wanted = _digest(connection, source, columns)

    def copy() -> bool:
        """Whether the rows were there already."""
        connection.execute("begin")
        try:
            # A table of an earlier version, whose dataset is gone.
            connection.execute(f"create table if not exists {NAME}.raw.{table} as {source} limit 0")
            stored = _digest(connection, f"from {NAME}.raw.{table}", columns)
            if stored[0] == 0 and wanted[0]:
                connection.execute(f"insert into {NAME}.raw.{table} by name {source}")
            if (found := _digest(connection, f"from {NAME}.raw.{table}", columns)) != wanted:
                raise ImportRefused(
                    f"the lake's raw.{table} has {found[0]:,} rows and is not the home's, which has {wanted[0]:,}: "
                    "import into a new lake, before its first run"
                )
            commit(connection)
        except BaseException:
            roll_back(connection)
            raise
        return bool(stored[0])

    was_there = in_turn(connection, [table], copy)
    report(f"raw.{table}: {wanted[0]:,} rows{' were there' if was_there else ''}, digests equal")
    return Imported(table, wanted[0], f"{wanted[1]:x}", was_there)


def _digest(connection: duckdb.DuckDBPyConnection, rows: str, columns: list[str]) -> Digest:
    row = "{" + ", ".join(f"'{column}': {column}" for column in columns) + "}"
    found = connection.execute(
        f"select count(*), coalesce(sum(md5_number_lower({row}::varchar)::hugeint), 0) from ({rows})"
    ).fetchone()
    assert found is not None
    return int(found[0]), int(found[1])
