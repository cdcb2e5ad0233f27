"""The Parquet files of a release: those with changed rows are written, the others are the earlier release's files.

    parquet/<table>/<table>.parquet        the one file of a table
    parquet/<table>/<table>_2024.parquet   … of a large one: a file per year

A table is divided where it has `LARGE` rows and the build states by which day its rows change, so that a new day costs
the rows of its year. Every table is a folder, so `parquet/<table>/*.parquet` reads both alike. A file whose rows are
those of the current release has that release's content under a second name (a hard link).
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import duckdb

from orchestration.build.changed_days import NO_DAY, Basis
from orchestration.build.state import Note
from orchestration.durable import make_durable

LARGE = 20_000
"""Rows from which on a table is divided by years: fewer are written in some twentieth of a second."""


@dataclass(frozen=True)
class PublishedTable:
    """One table of a release, with the sha256 of each of its Parquet files by its name.

    `sha256` is that of the file, or of the digests of several in the order of their names.
    """

    name: str
    row_count: int
    sha256: str
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """The rows of one file: their condition in SQL, empty for all, and what the build knows of their content."""

    condition: str
    rows: str


@dataclass(frozen=True)
class Earlier:
    """A table of the current release: where its files are, their digests, and the rows of each."""

    folder: Path
    digests: Mapping[str, str]
    parts: Mapping[str, Part]


def parts(name: str, row_count: int, note: Note | None) -> dict[str, Part]:
    """By file name what the files of a table hold; `note` is what the build knows of the table."""
    basis = Basis.of(note.basis) if note else None
    months = basis.rows if basis else {}
    # A count that differs is of other rows than those that are noted.
    counted = sum(int(entry.split()[0]) for entry in months.values())
    if basis is None or not basis.day or row_count < LARGE or NO_DAY in months or counted != row_count:
        return {f"{name}.parquet": Part("", note.rows if note else "")}
    return {
        f"{name}_{year}.parquet": Part(
            f"{basis.day} between date '{year}-01-01' and date '{year}-12-31'",
            ", ".join(f"{month} {months[month]}" for month in named),
        )
        for year, named in groupby(sorted(months), key=lambda month: month[:4])
    }


def write(
    connection: duckdb.DuckDBPyConnection, name: str, folder: Path, note: Note | None, earlier: Earlier | None
) -> PublishedTable:
    """Write or link the files of the table `name` of schema marts into `folder`, which is made.

    A file that is written is flushed to disk at once: other tables are written meanwhile, on other threads.
    """
    folder.mkdir()
    row_count = int(connection.execute(f"select count(*) from marts.{name}").fetchall()[0][0])
    files = {}
    for file, part in parts(name, row_count, note).items():
        if earlier and part.rows and earlier.parts.get(file) == part and (earlier.folder / file).exists():
            _link(earlier.folder / file, folder / file)
            files[file] = earlier.digests[file]
            continue
        rows = f"(from marts.{name} where {part.condition})" if part.condition else f"marts.{name}"
        path = str(folder / file).replace("'", "''")
        connection.execute(f"copy {rows} to '{path}' (format parquet, compression zstd)")
        files[file] = _sha256(folder / file)
        make_durable(folder / file)
    return PublishedTable(name, row_count, _of_all(files.values()), files)


def _of_all(digests: Iterable[str]) -> str:
    first, *others = digests
    return hashlib.sha256("".join([first, *others]).encode()).hexdigest() if others else first


def _link(earlier: Path, path: Path) -> None:
    try:
        os.link(earlier, path)
    except OSError:  # a file system without hard links
        shutil.copyfile(earlier, path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
