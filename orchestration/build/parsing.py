"""The dbt project as dbt parsed it, kept from run to run: dbt takes some eight seconds to parse it.

What is kept lies in `parsed_folder() / <key>`. The key is a digest of all that a parsed project depends on: the
versions of dbt, the absolute path of the project (dbt writes it into the seeds) and the content of its files. So the
result of another checkout, another dbt or `dbt parse` by hand is never used by mistake.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgpack
from filelock import FileLock
from platformdirs import user_cache_path

from orchestration.build.invocation import TransformFailed, invoke
from orchestration.project import DBT_PROJECT, IS_INSTALLED

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

MANIFEST = "manifest.json"
PARSED = "partial_parse.msgpack"
"""What dbt keeps of a parsed project, beside the manifest."""
FOLDERS = ("models", "macros", "seeds", "tests")
"""What a build depends on. The semantic layer (`semantic`) is read by no build, so a change of it rebuilds nothing."""
PACKAGES = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-duckdb")
KEPT = 3


def ensure_manifest() -> Path:
    """dbt's manifest, from which the asset graph is made; the project is parsed first where it is new or changed.

    Raises TransformFailed when the project can't be parsed.
    """
    with _parsed() as folder:
        return folder / MANIFEST


def parsed_project() -> "Manifest":
    """The project as dbt parsed it for the manifest; a new copy each time, because a run of dbt writes into it.

    Left to itself dbt parses everything again in every run, as the instant and the paths of the files are others.
    """
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    with _parsed() as folder:
        parsed = (folder / PARSED).read_bytes()
    project: Manifest = Manifest.from_msgpack(parsed, decoder=extended_mashumuro_decoder)
    project.build_flat_graph()
    return project


def project_folder() -> Path:
    """The folder of this project's parsed form, named after the digest; what was made of the project lies in it."""
    with _parsed() as folder:
        return folder


def parsed_folder() -> Path:
    """Where parsed projects are kept: in the checkout, or in the user's cache folder for an installed wheel."""
    if IS_INSTALLED:
        return user_cache_path("crypto-market-warehouse") / "parsed"
    return DBT_PROJECT / "target" / "parsed"


@contextmanager
def _parsed() -> Iterator[Path]:
    """The folder of the parsed project. One process at a time parses, and no other one removes the folder meanwhile."""
    kept = parsed_folder()
    try:
        kept.mkdir(parents=True, exist_ok=True)
        lock = FileLock(kept / "lock")
        lock.acquire()
    except OSError as problem:
        raise TransformFailed(
            f"what dbt parses can't be kept in {kept} ({problem.strerror}): make that folder writable"
        ) from None
    try:
        folder = kept / _key()
        if not _is_whole(folder):
            _parse(folder)
        os.utime(folder)
        yield folder
    finally:
        lock.release()


def _parse(folder: Path) -> None:
    """Parse the project into `folder`, which appears when it is complete."""
    for leftover in folder.parent.glob("building.*"):
        shutil.rmtree(leftover, ignore_errors=True)
    building = folder.with_name(f"building.{os.getpid()}")
    building.mkdir()
    invoke(
        ["parse"],
        {
            "WAREHOUSE_FILE": "warehouse.duckdb",
            "WAREHOUSE_RELEASE_FILE": "crypto_market.duckdb",
            "DBT_TARGET_PATH": str(building),
            "DBT_LOG_PATH": str(building),
        },
    )
    if folder.name != _key():
        raise TransformFailed(f"a file of {DBT_PROJECT} changed while dbt parsed it: try again")
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(building, folder)
    for old in sorted(folder.parent.glob("*/"), key=lambda path: path.stat().st_mtime_ns)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _key() -> str:
    digest = hashlib.sha256(json.dumps([str(DBT_PROJECT), *map(version, PACKAGES)]).encode())
    files = [path for folder in FOLDERS for path in (DBT_PROJECT / folder).rglob("*") if path.is_file()]
    for path in sorted([*files, DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml"]):
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(DBT_PROJECT)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:24]


def _is_whole(folder: Path) -> bool:
    """Whether both files are there to their ends."""
    try:
        return _is_readable(folder, *((folder / name).stat().st_mtime_ns for name in (MANIFEST, PARSED)))
    except FileNotFoundError:
        return False


@cache
def _is_readable(folder: Path, *written_ns: int) -> bool:
    try:
        json.loads((folder / MANIFEST).read_bytes())
        msgpack.unpackb((folder / PARSED).read_bytes())
    except ValueError:
        return False
    return True
