"""The project parsed and recorded ahead of the first run: for a checkout by `make`, for a wheel when that is built.

`python -m orchestration.build.preparing` prepares this project; with a folder it leaves there what a wheel brings.
"""

import shutil
import sys
from pathlib import Path

import duckdb

from orchestration.build.compiling import recording_of
from orchestration.build.invocation import TransformFailed
from orchestration.build.lineage_file import NAME as LINEAGE
from orchestration.build.parsing import MANIFEST, PARSED, SIZES, project_folder
from orchestration.build.recording import raw_tables, recording_file
from orchestration.raw.working_file import prepare
from orchestration.sources.shared.registry import datasets


def prepare_project() -> list[Path]:
    """Parse and record this project for the raw tables of a new home, unless that is done. Returns what is kept of it.

    Raises TransformFailed when the project can't be parsed or recorded.
    """
    folder = project_folder()
    tables = raw_tables_of_a_new_home()
    if recording_of(folder, tables) is None:
        raise TransformFailed("the dbt project can't be recorded: `warehouse run` builds it with dbt and says why")
    return [*(folder / name for name in (MANIFEST, PARSED, SIZES, LINEAGE)), recording_file(folder, tables)]


def raw_tables_of_a_new_home() -> str:
    """The raw tables as `raw_tables` has them for a home in which nothing was loaded yet."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse; use warehouse")
        prepare(connection, datasets())
        return raw_tables(connection)


def bundle(target: Path) -> None:
    """Copy what is kept of this project into a folder of its key in `target`."""
    for file in prepare_project():
        folder = target / file.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder)


if __name__ == "__main__":
    if sys.argv[1:]:
        bundle(Path(sys.argv[1]))
    else:
        prepare_project()
