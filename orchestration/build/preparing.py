"""The project parsed and recorded ahead of the first run: for a checkout by `make`, for a wheel when that is built.

`python -m orchestration.build.preparing` prepares this project; with a folder it leaves there what a wheel brings.
"""

import shutil
import sys
from pathlib import Path

import duckdb

from orchestration.build.compiling import recording_of
from orchestration.build.invocation import TransformFailed
from orchestration.build.parsing import MANIFEST, PARSED, SIZES, project_folder
from orchestration.build.recording import raw_tables
from orchestration.raw.working_file import prepare
from orchestration.sources.shared.registry import datasets

BUNDLED = (MANIFEST, PARSED, SIZES, "recording.*.json")


def prepare_project() -> Path:
    """Parse and record this project for the raw tables of a new home, unless that is done. Returns its folder.

    Raises TransformFailed when the project can't be parsed or recorded.
    """
    folder = project_folder()
    if recording_of(folder, raw_tables_of_a_new_home()) is None:
        raise TransformFailed("the dbt project can't be recorded: `warehouse run` builds it with dbt and says why")
    return folder


def raw_tables_of_a_new_home() -> str:
    """The raw tables as `raw_tables` has them for a home in which nothing was loaded yet."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse; use warehouse")
        prepare(connection, datasets())
        return raw_tables(connection)


def bundle(target: Path) -> None:
    """Copy what is kept of this project into a folder of its key in `target`."""
    folder = prepare_project()
    (target / folder.name).mkdir(parents=True)
    for pattern in BUNDLED:
        for file in folder.glob(pattern):
            shutil.copy(file, target / folder.name)


if __name__ == "__main__":
    if sys.argv[1:]:
        bundle(Path(sys.argv[1]))
    else:
        prepare_project()
