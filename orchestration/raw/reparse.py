"""Rebuilding raw tables from stored responses: loaded into a separate file, then swapped in with one transaction.

At every moment the working file holds either the old tables or the new ones.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from orchestration.defects import Defects
from orchestration.file_errors import WarehouseBusy
from orchestration.home import exclusive
from orchestration.ingest.landing import DamagedFile, Landing, StoredResponse
from orchestration.lake.turns import commit, in_turn, roll_back
from orchestration.raw.batch import Loaded
from orchestration.raw.load import forget, load
from orchestration.raw.working_file import connect, prepare
from orchestration.settings import Settings
from orchestration.sources.shared.contract import ArrayRows, Dataset, SourceRejected, SourceUnavailable
from orchestration.sources.shared.registry import datasets

LEDGERS = ("responses", "rejected_records")


class UnknownSource(Exception):
    """No source has this name; the message lists those that exist."""


@dataclass(frozen=True)
class Reparsed:
    """What `reparse` loaded, per raw table, and a sentence for each landing file that was skipped."""

    loaded: Mapping[str, Loaded]
    skipped: tuple[str, ...]


def reparse(source: str) -> Reparsed:
    """Rebuild a source's raw tables from the landing files, with no network.

    All tables of the source change in one transaction, once everything is loaded into a separate file; a dataset of
    which nothing can be read keeps its rows. Files that can't be read are skipped and named. Raises UnknownSource.
    """
    mine = [dataset for dataset in datasets() if dataset.provider.name == source]
    if not mine:
        raise UnknownSource(
            f"unknown source {source}; known are {', '.join(sorted({d.provider.name for d in datasets()}))}"
        )
    settings = Settings.load()
    landing = Landing.of(settings)
    with exclusive(settings.home):
        if settings.working_file.exists():
            with suppress(WarehouseBusy), connect(settings.working_file, read_only=True):
                pass
        skipped = [
            f"{path} can't be read, so its response was skipped: delete it, and a run for its window requests it again"
            for path in landing.undescribed(source)
        ]
        responses = []
        for dataset in mine:
            # Decompressing and hashing the bodies release the interpreter's lock.
            with ThreadPoolExecutor(2) as pool:
                read = list(pool.map(partial(_read, dataset), landing.all(source, dataset.name)))
            skipped += [f"{damage}; its response was skipped" for damage in read if isinstance(damage, str)]
            readable = [stored for stored in read if isinstance(stored, StoredResponse)]
            responses += [(dataset, readable)] if readable else []
        return Reparsed(rebuild(settings, responses) if responses else {}, tuple(skipped))


def _read(dataset: Dataset, stored: StoredResponse) -> StoredResponse | str:
    """The response, verified if loading would read its body for that alone; or its damage as a sentence."""
    try:
        response = stored.response
        if isinstance(dataset.read, ArrayRows) and stored.status == 200:
            dataset.verify(response)
            return replace(stored, was_verified=True)
    except DamagedFile as damage:
        return str(damage)
    except (SourceRejected, SourceUnavailable):
        # Loading rejects it once more, and keeps the reason.
        return stored
    return stored


def rebuild(settings: Settings, responses: Sequence[tuple[Dataset, Sequence[StoredResponse]]]) -> dict[str, Loaded]:
    """Replace the raw rows of these datasets by those of the responses, in one transaction."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".reparse-", dir=settings.home) as folder:
        file = Path(folder) / "anew.duckdb"
        defects = Defects(settings.home, settings.environment)
        # In a file of its own: DuckDB reads uncommitted rows with one thread only.
        with connect(file) as beside:
            prepare(beside, [dataset for dataset, _ in responses])
            loaded = {
                dataset.table: load(beside, dataset, stored, settings.landing, defects) for dataset, stored in responses
            }
        with connect(settings.working_file) as connection:
            prepare(connection, datasets())
            connection.execute(f"attach '{str(file).replace(chr(39), chr(39) * 2)}' as anew (read_only)")
            rebuilt = [dataset for dataset, _ in responses]
            in_turn(connection, [dataset.table for dataset in rebuilt], lambda: _replace(connection, rebuilt))
            connection.execute("detach anew")
    return loaded


def _replace(connection: duckdb.DuckDBPyConnection, rebuilt: Sequence[Dataset]) -> None:
    connection.execute("begin")
    try:
        forget(connection, rebuilt)
        for table in LEDGERS:
            connection.execute(f"insert into raw.{table} by name from anew.raw.{table}")
        for dataset in rebuilt:
            connection.execute(f"insert into raw.{dataset.table} by name from anew.raw.{dataset.table}")
        commit(connection)
    except BaseException:
        roll_back(connection)
        raise
