"""Raw tables made anew from landed answers: loaded beside the working file, then put in the place of the old ones.

Whatever happens meanwhile, the working file holds the tables as they were or as they are now, never less.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from orchestration.defects import Defects
from orchestration.ingest.landing import StoredResponse
from orchestration.raw.batch import Loaded
from orchestration.raw.load import forget, load
from orchestration.raw.working_file import connect, prepare
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Dataset
from orchestration.sources.shared.registry import datasets

LEDGERS = ("responses", "rejected_records")


def rebuild(settings: Settings, responses: Sequence[tuple[Dataset, Sequence[StoredResponse]]]) -> dict[str, Loaded]:
    """Replace all that the raw tables hold of these datasets by what the answers bring, in one transaction."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".reparse-", dir=settings.home) as folder:
        file = Path(folder) / "anew.duckdb"
        defects = Defects(settings.home, settings.environment)
        # In a file of its own: DuckDB reads what is not committed with one thread only.
        with connect(file) as beside:
            prepare(beside, [dataset for dataset, _ in responses])
            loaded = {
                dataset.table: load(beside, dataset, landed, settings.landing, defects) for dataset, landed in responses
            }
        with connect(settings.working_file) as connection:
            prepare(connection, datasets())
            connection.execute(f"attach '{str(file).replace(chr(39), chr(39) * 2)}' as anew (read_only)")
            _replace(connection, [dataset for dataset, _ in responses])
            connection.execute("detach anew")
    return loaded


def _replace(connection: duckdb.DuckDBPyConnection, rebuilt: Sequence[Dataset]) -> None:
    connection.execute("begin")
    try:
        forget(connection, rebuilt)
        for table in (*LEDGERS, *(dataset.table for dataset in rebuilt)):
            connection.execute(f"insert into raw.{table} by name from anew.raw.{table}")
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
