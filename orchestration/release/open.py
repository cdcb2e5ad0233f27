"""The published copy as its readers see it: which file is current, and a connection that can only read it.

This module finds the newest release and its manifest, and opens it locked. It does not make releases
(`orchestration.release.publish`) or open the working file (`orchestration.raw.working_file`).

The stable name `crypto_market.duckdb` leads to a versioned file. Every connection attaches that versioned file to an
instance of its own: DuckDB shares one instance per path and process, so a second open of the stable name in a
process that still holds an earlier one would silently serve the old release.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.file_errors import FileDamaged, FileUnusable, duckdb_sentence, first_line, is_damage
from orchestration.release.as_of import RELEASE, shadow

if TYPE_CHECKING:
    import duckdb

STABLE_NAME = "crypto_market.duckdb"
MANIFEST_NAME = "manifest.json"
CATALOG = "crypto_market"


class NothingPublished(Exception):
    """There is no published file; the message names the command that makes one."""


@dataclass(frozen=True)
class PublishedFile:
    """One release as a file. `path` is the versioned file; `published_at` an aware UTC instant.

    `origin` is 'sample', 'sample-full' or 'live'; `warnings` names the checks that failed without blocking. A file
    without a manifest has the file's name as version, and the other fields are None.
    """

    path: Path
    version: str
    published_at: datetime | None = None
    origin: str | None = None
    warnings: tuple[str, ...] = ()


def newest_file(published: Path) -> PublishedFile:
    """The file that `published/crypto_market.duckdb` leads to, with the values of its manifest.

    Raises `NothingPublished` when the folder holds no published file.
    """
    stable = published / STABLE_NAME
    if not stable.exists():
        raise NothingPublished(f"nothing is published in {published} yet; run `warehouse run` first")
    path = stable.resolve()
    try:
        manifest = json.loads((path.parent / MANIFEST_NAME).read_text(encoding="utf-8"))
        return PublishedFile(
            path=path,
            version=str(manifest["version"]),
            published_at=datetime.fromisoformat(manifest["published_at"]),
            origin=str(manifest["origin"]),
            warnings=tuple(str(name) for name in manifest["warnings"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return PublishedFile(path=path, version=path.name)


def release_before(published: Path) -> PublishedFile | None:
    """The newest kept release that is older than the current one; None where there is none."""
    current = newest_file(published).path
    older = [
        path for path in (published / "releases").glob(f"*/{STABLE_NAME}") if path.parent.name < current.parent.name
    ]
    return PublishedFile(path=max(older), version=max(older).parent.name) if older else None


def open_file(
    file: PublishedFile, *, locked: bool = True, as_of: datetime | None = None
) -> "duckdb.DuckDBPyConnection":
    """Opens a published file read-only, with `marts` and the table macros on the search path and UTC as the time zone.

    `locked` (the default) also takes the file system, extensions, Python variables and the settings away from
    queries, so that a pasted query can read the published tables and nothing else. `as_of` (naive UTC) gives the tables
    as they were known at that instant (`release.as_of`). Raises FileUnusable for a file that can't be read.
    """
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            "temp_directory": str(Path(tempfile.gettempdir()) / "crypto-market-spill"),
        },
    )
    try:
        connection.execute("set timezone = 'UTC'")
        path = str(file.path).replace("'", "''")
        if as_of is None:
            connection.execute(f"attach '{path}' as {CATALOG} (read_only)")
            connection.execute(f"set search_path = '{CATALOG}.marts,{CATALOG}.main'")
        else:
            connection.execute(f"attach '{path}' as {RELEASE} (read_only)")
            connection.execute(f"attach ':memory:' as {CATALOG}")
            shadow(connection, as_of, CATALOG)
        if locked:
            connection.execute("set enable_external_access = false")
            connection.execute("set lock_configuration = true")
    except duckdb.Error as error:
        connection.close()
        if problem := unreadable(file, error):
            raise problem from error
        raise
    return connection


def unreadable(file: PublishedFile, error: "duckdb.Error") -> FileUnusable | None:
    """The problem of the published file, if that is why a query failed; None where the query is wrong."""
    text = str(error)
    if is_damage(text):
        return FileDamaged(
            f"the published file {file.path} is damaged: {first_line(text)}. Move the folder {file.path.parent} away "
            "and run `warehouse run`, which publishes a new one"
        )
    sentence = duckdb_sentence(text)
    return FileUnusable(f"the published file can't be read: {sentence}") if sentence else None


@contextmanager
def reading(file: PublishedFile, as_of: datetime | None = None) -> "Iterator[duckdb.DuckDBPyConnection]":
    """The published file, opened locked. Raises FileUnusable where it can't be read, on opening it or later."""
    import duckdb

    with closing(open_file(file, as_of=as_of)) as connection:
        try:
            yield connection
        except duckdb.Error as error:
            if problem := unreadable(file, error):
                raise problem from error
            raise


def open_published(published: Path) -> "duckdb.DuckDBPyConnection":
    """The newest published file, opened locked. Raises `NothingPublished`."""
    return open_file(newest_file(published))
