"""The dbt project as dbt parsed it, kept from run to run: dbt takes some eight seconds to parse it.

What is kept lies in `parsed_folder() / <key>`. The key is a digest of all that a parsed project depends on: the
versions of dbt and DuckDB, and the content of the project's files. The folder of the project is in neither of them, so
a wheel brings its project parsed (`BUNDLED_PARSED / <key>`, see `preparing.py`). The result of another version, or of
`dbt parse` by hand, is never used by mistake.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgpack
from filelock import FileLock
from platformdirs import user_cache_path

from orchestration.build.invocation import TransformFailed, invoke
from orchestration.project import BUNDLED, DBT_PROJECT, IS_INSTALLED

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

MANIFEST = "manifest.json"
PARSED = "partial_parse.msgpack"
"""What dbt keeps of a parsed project, beside the manifest."""
SIZES = "sizes.json"
"""The number of bytes of both, and the first and last ones: to read all takes each command a fifth of a second."""
END_BYTES = 16
FOLDERS = ("models", "macros", "seeds", "tests")
"""What a build depends on. The semantic layer (`semantic`) is read by no build, so a change of it rebuilds nothing."""
PACKAGES = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-duckdb", "duckdb")
KEPT = 3
BUNDLED_PARSED = BUNDLED / "parsed"
"""What a wheel brings: of the folder of its parsed project the files that are kept of it, under its key."""


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
    for node in project.nodes.values():
        if hasattr(node, "root_path"):
            node.root_path = str(DBT_PROJECT)
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
            for leftover in kept.glob("building.*"):
                shutil.rmtree(leftover, ignore_errors=True)
            building = kept / f"building.{os.getpid()}"
            bundled = BUNDLED_PARSED / folder.name
            if _is_whole(bundled):
                _copy(bundled, building)
            else:
                _parse(building)
            _keep(building, folder)
        os.utime(folder)
        yield folder
    finally:
        lock.release()


def _copy(bundled: Path, folder: Path) -> None:
    """Content alone: the folder of the packages may be read-only, and what is made later lies beside it."""
    folder.mkdir()
    for file in bundled.iterdir():
        shutil.copyfile(file, folder / file.name)


def _parse(folder: Path) -> None:
    """Parse the project into the new folder `folder`."""
    folder.mkdir()
    invoke(
        ["parse"],
        {
            "WAREHOUSE_FILE": "warehouse.duckdb",
            "WAREHOUSE_RELEASE_FILE": "crypto_market.duckdb",
            "DBT_TARGET_PATH": str(folder),
            "DBT_LOG_PATH": str(folder),
        },
    )
    parsed = msgpack.unpackb((folder / PARSED).read_bytes())
    manifest = json.loads((folder / MANIFEST).read_bytes())
    # Of use for parsing again alone, and full of absolute paths.
    parsed["files"] = {}
    for nodes in (parsed["nodes"], manifest["nodes"]):
        _remove_folder_of_project(nodes)
    (folder / PARSED).write_bytes(msgpack.packb(parsed))
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    sizes = {name: _size_and_ends(folder / name) for name in (MANIFEST, PARSED)}
    (folder / SIZES).write_text(json.dumps(sizes), encoding="utf-8")


def _remove_folder_of_project(nodes: dict[str, Any]) -> None:
    """dbt notes it on seeds; `parsed_project` sets it to where the project is."""
    for node in nodes.values():
        node.pop("root_path", None)


def _keep(building: Path, folder: Path) -> None:
    """Rename the complete folder `building` to `folder`, and remove the oldest ones."""
    if folder.name != _key():
        raise TransformFailed(f"a file of {DBT_PROJECT} changed while dbt parsed it: try again")
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(building, folder)
    for old in sorted(folder.parent.glob("*/"), key=lambda path: path.stat().st_mtime_ns)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _key() -> str:
    digest = hashlib.sha256(json.dumps([*map(version, PACKAGES)]).encode())
    files = [path for folder in FOLDERS for path in (DBT_PROJECT / folder).rglob("*") if path.is_file()]
    for path in sorted([*files, DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml"]):
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(DBT_PROJECT)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:24]


def _is_whole(folder: Path) -> bool:
    """Whether both files are there to their ends; a power cut may leave zeros in the place of what was written."""
    try:
        sizes = json.loads((folder / SIZES).read_text(encoding="utf-8"))
        return all(_size_and_ends(folder / name) == sizes[name] for name in (MANIFEST, PARSED))
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _size_and_ends(path: Path) -> list[int | str]:
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.read(END_BYTES)
        file.seek(max(0, size - END_BYTES))
        return [size, (first + file.read()).hex()]
