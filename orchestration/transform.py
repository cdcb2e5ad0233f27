"""Running dbt inside this process: the working file in, a fresh release draft out.

dbt builds the marts into `Settings.release_draft`, a private file attached as `release`. It starts from nothing
every time: a mart that a model no longer makes can't survive in it.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgpack
from filelock import FileLock

from orchestration.settings import DBT_PROJECT, Settings, environment

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

MANIFEST = DBT_PROJECT / "target" / "manifest.json"
PARSED = "partial_parse.msgpack"
"""What dbt keeps of a parsed project, beside the manifest."""
# Every statement and cache entry in dbt's log file was a fifth of the build; `dbt build` by hand writes them.
LOG = ("--quiet", "--log-level-file", "info")


@dataclass(frozen=True)
class NodeResult:
    """What dbt did with one model, seed or test. `status` is dbt's word: success, pass, warn, fail, error, skipped."""

    unique_id: str
    status: str
    message: str | None
    seconds: float
    failures: int | None = None

    @property
    def is_failure(self) -> bool:
        return self.status in {"fail", "error", "runtime error"}


class TransformFailed(Exception):
    """dbt could not run at all: the project does not parse, or the working file can't be opened."""


def build(settings: Settings, now: datetime, select: Sequence[str] = ()) -> list[NodeResult]:
    """Seeds, models and tests, in dependency order, into a fresh draft. Results in the order in which dbt ran."""
    draft = settings.release_draft
    draft.parent.mkdir(parents=True, exist_ok=True)
    for leftover in (draft, draft.with_name(draft.name + ".wal")):
        leftover.unlink(missing_ok=True)
    # The manifest stands in the project, which homes share: a run that wrote it would write under another's reading.
    arguments = ["build", "--no-write-json", "--vars", json.dumps({"now": f"{now:%Y-%m-%d %H:%M:%S}"})]
    return _invoke(settings, [*arguments, *(["--select", *select] if select else [])])


def ensure_manifest() -> Path:
    """dbt's manifest, from which the asset graph is made; written anew when a file of the project is younger.

    One process at a time writes it, and one that was broken off in writing is written again.
    """
    with _parsing():
        return MANIFEST


def parsed_project() -> "Manifest":
    """The project as dbt parsed it for the manifest; a new copy each time, for a run of dbt writes into it.

    Left to itself dbt parses everything again in every run, as the instant and the paths of the files are others.
    """
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    with _parsing():
        parsed = MANIFEST.with_name(PARSED).read_bytes()
    project: Manifest = Manifest.from_msgpack(parsed, decoder=extended_mashumuro_decoder)
    project.build_flat_graph()
    return project


@contextmanager
def _parsing() -> Iterator[None]:
    """The project is parsed, and nobody parses it anew meanwhile."""
    MANIFEST.parent.mkdir(exist_ok=True)
    with FileLock(MANIFEST.with_suffix(".lock")):
        if not _is_current(MANIFEST):
            MANIFEST.with_name(PARSED).unlink(missing_ok=True)
            _invoke(Settings.load(), ["parse"])
            MANIFEST.touch()
        yield


def _is_current(manifest: Path) -> bool:
    """Whether the manifest is whole, of this dbt, with what was parsed beside it, and younger than the project."""
    folders = ("models", "macros", "seeds", "tests")
    sources = [path for folder in folders for path in (DBT_PROJECT / folder).rglob("*")]
    sources += [DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml"]
    try:
        written_by = json.loads(manifest.read_text())["metadata"]["dbt_version"]
        # A dbt that was broken off in writing leaves no end.
        msgpack.unpackb(manifest.with_name(PARSED).read_bytes())
    except (FileNotFoundError, KeyError, ValueError):
        return False
    newest = max(path.stat().st_mtime_ns for path in sources)
    return written_by == version("dbt-core") and manifest.stat().st_mtime_ns >= newest


def _invoke(settings: Settings, arguments: Sequence[str]) -> list[NodeResult]:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    project = None if "parse" in arguments else parsed_project()
    with environment(_variables(settings)):
        outcome = dbtRunner(project).invoke(
            [*arguments, "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), *LOG]
        )
        # dbt keeps its DuckDB instance open after a run, and a file has one door.
        DuckDBConnectionManager.close_all_connections()
    if outcome.exception is not None:
        raise TransformFailed(str(outcome.exception)) from outcome.exception
    return [
        NodeResult(result.node.unique_id, str(result.status), result.message, result.execution_time, result.failures)
        for result in getattr(outcome.result, "results", [])
    ]


def _variables(settings: Settings) -> dict[str, str]:
    """What `profiles.yml` reads."""
    return {
        "WAREHOUSE_FILE": str(settings.working_file.resolve()),
        "WAREHOUSE_RELEASE_FILE": str(settings.release_draft.resolve()),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_VERSION_CHECK": "false",
        "DBT_LOG_PATH": str((settings.home / "dbt_logs").resolve()),
    }
