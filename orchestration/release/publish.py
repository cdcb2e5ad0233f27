"""From a checked draft to the published copy, with one rename: readers see either the new release or the old one.

    published/releases/<id>/   crypto_market.duckdb, parquet/<table>/*.parquet, manifest.json; never changed
    published/current       -> releases/<id>, flipped in one step
    published/crypto_market.duckdb, parquet, manifest.json -> current/…, the stable names

No row is rewritten: the draft is moved, not copied, and of the Parquet files only those with changed rows are written
(`parquet_files.py`). The id ends in a digest of the Parquet files, so publishing the same content again changes
nothing. Beside the file, `build.json` records for the next build what the marts were made of
(`orchestration.build.state`), and `verdicts.json` how they were judged (`data_checks.verdicts`).
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from data_checks.verdicts import VERDICTS_NAME
from orchestration.build.state import STATE_NAME, MartsState, Note
from orchestration.durable import flush, make_all_durable
from orchestration.file_errors import FileDamaged, first_line
from orchestration.release.data_package import Described, write_descriptor
from orchestration.release.parquet_files import Earlier, PublishedTable, parts, write

FILE_NAME = "crypto_market.duckdb"
TABLES_AT_ONCE = 2
"""Parquet files of so many tables are written at a time: one waits for the disk meanwhile. Four take 10 MB more."""
STABLE_NAMES = (FILE_NAME, "parquet", "manifest.json")
RELEASES_KEPT = 5


@dataclass(frozen=True)
class Release:
    """A published release. `published_at` is UTC; `warnings` names the checks that failed without blocking.

    `origin` is 'sample', 'sample-full' (with made-up figures) or 'live'; `project_version` that of the code
    that built it. `lake_snapshot` is the snapshot of the lake from which it was built, where machines share one.
    """

    version: str
    published_at: str
    origin: str
    project_version: str
    tables: tuple[PublishedTable, ...]
    warnings: tuple[str, ...] = ()
    lake_snapshot: int | None = None

    @property
    def manifest(self) -> str:
        """As JSON; what does not apply to this release is left out."""
        stated = {name: value for name, value in asdict(self).items() if value is not None}
        return json.dumps(stated, indent=1) + "\n"


class NothingToPublish(Exception):
    """There is no draft, or it has no table."""


def publish(
    draft: Path,
    folder: Path,
    now: datetime,
    project_version: str,
    origin: str,
    warnings: Iterable[str] = (),
    lake_snapshot: int | None = None,
) -> Release:
    """Make `draft` the current release of `folder`. No process may have the draft open; it is moved."""
    if not draft.exists():
        raise NothingToPublish(f"{draft} does not exist: build the marts first (`warehouse run`)")
    releases = folder / "releases"
    releases.mkdir(parents=True, exist_ok=True)
    _sweep_unfinished(releases)
    building = releases / f".building.{os.getpid()}"
    (building / "parquet").mkdir(parents=True)
    state = MartsState.load(draft.parent)
    with (
        duckdb.connect(str(draft)) as connection,
        ThreadPoolExecutor(TABLES_AT_ONCE, thread_name_prefix="export") as pool,
    ):
        written = _export(pool, connection, building / "parquet", _notes(state), _earlier(state, folder))
        # Read while tables are written.
        definitions, described = _definitions(connection), Described.read(connection)
        tables = tuple(sorted(written, key=lambda table: table.name))
        connection.execute("checkpoint")
    digest = hashlib.sha256("".join([definitions, *(table.sha256 for table in tables)]).encode()).hexdigest()[:10]
    version = f"{now:%Y%m%dT%H%M%SZ}-{digest}"
    release = Release(version, now.isoformat(), origin, project_version, tables, tuple(warnings), lake_snapshot)
    final = releases / version
    if final.exists():
        shutil.rmtree(building)
        draft.unlink()
        _move_notes(draft.parent, final)
    else:
        write_descriptor(building / "parquet", described, version, now, tables)
        os.replace(draft, building / FILE_NAME)
        _move_notes(draft.parent, building)
        (building / "manifest.json").write_text(release.manifest, encoding="utf-8")
        make_all_durable(building)
        os.replace(building, final)
    flush(releases)
    _point_to(folder, release.version)
    _sweep_old(releases, keep=release.version)
    return release


def current(folder: Path) -> Release | None:
    """The current release, or None before the first one. Raises FileDamaged where its manifest can't be read."""
    manifest = folder / "current" / "manifest.json"
    if not manifest.exists():
        return None
    try:
        stored = json.loads(manifest.read_text(encoding="utf-8"))
        tables = tuple(_table(fields) for fields in stored.pop("tables"))
        return Release(tables=tables, warnings=tuple(stored.pop("warnings")), **stored)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileDamaged(
            f"{manifest} is damaged: {first_line(error)}. Move the folder {manifest.resolve().parent} away and run "
            "`warehouse run`, which publishes a new one"
        ) from error


def _move_notes(folder: Path, release: Path) -> None:
    for name in (STATE_NAME, VERDICTS_NAME):
        if (folder / name).exists():
            os.replace(folder / name, release / name)


def _table(stored: Mapping[str, Any]) -> PublishedTable:
    """A table in a manifest; earlier releases had one file per table, and name none."""
    return PublishedTable(**{"files": {f"{stored['name']}.parquet": stored["sha256"]}, **stored})


def _notes(state: MartsState | None) -> dict[str, Note]:
    """The build's notes by the name of the table."""
    return {node.rpartition(".")[2]: note for node, note in state.tables.items()} if state else {}


def _earlier(draft: MartsState | None, folder: Path) -> dict[str, Earlier]:
    """The tables of the current release whose rows can be compared with those of the draft."""
    published, release = MartsState.load(folder / "current"), current(folder)
    if draft is None or published is None or release is None or draft.build != published.build:
        return {}
    notes = _notes(published)
    return {
        table.name: Earlier(
            folder / "current" / "parquet" / table.name,
            table.files,
            parts(table.name, table.row_count, notes[table.name]),
        )
        for table in release.tables
        if table.name in notes
    }


def _export(
    pool: ThreadPoolExecutor,
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    notes: Mapping[str, Note],
    earlier: Mapping[str, Earlier],
) -> Iterator[PublishedTable]:
    """Every mart of the draft that is open in `connection` as Parquet, written or linked; the largest one first."""
    names = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'marts' order by estimated_size desc"
    ).fetchall()
    if not names:
        raise NothingToPublish("the draft holds no marts: build them first (`warehouse run`)")

    def export(name: str) -> PublishedTable:
        with connection.cursor() as cursor:
            return write(cursor, name, folder / name, notes.get(name), earlier.get(name))

    return pool.map(export, [name for (name,) in names])


def _definitions(connection: duckdb.DuckDBPyConnection) -> str:
    """The definitions of tables and macros, and the content of the seeds, as text."""
    definitions = connection.execute(
        "select coalesce(string_agg(sql, ';' order by sql), '') from ("
        "select sql from duckdb_tables() where not internal union all "
        "select macro_definition from duckdb_functions() where not internal)"
    ).fetchone()
    seeds = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'seeds' order by table_name"
    ).fetchall()
    contents = [connection.execute(f"from seeds.{name} order by all").fetchall() for (name,) in seeds]
    return f"{_in_order(definitions[0]) if definitions else ''}{contents or ''}"


def _in_order(definitions: str) -> str:
    """The definitions with the columns after each EXCLUDE sorted: DuckDB reads them from a file in any order."""
    return re.sub(r"EXCLUDE \(([^()]*)\)", lambda found: " ".join(sorted(found[1].split(", "))), definitions)


def _point_to(folder: Path, version: str) -> None:
    _flip(folder / "current", Path("releases") / version)
    for name in STABLE_NAMES:
        if not (folder / name).is_symlink():
            _flip(folder / name, Path("current") / name)
    flush(folder)


def _flip(link: Path, target: Path) -> None:
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, link)


def _sweep_unfinished(releases: Path) -> None:
    for leftover in releases.glob(".building.*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _sweep_old(releases: Path, keep: str) -> None:
    """Remove all but the newest releases. A reader that has one open can go on reading it."""
    names = sorted(path.name for path in releases.iterdir() if path.name != keep and not path.name.startswith("."))
    for name in names[: -(RELEASES_KEPT - 1)]:
        shutil.rmtree(releases / name, ignore_errors=True)
