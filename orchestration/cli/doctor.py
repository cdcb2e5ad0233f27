"""`warehouse doctor`: what is wrong with this set-up, before a run finds out.

Each examination looks at one thing and changes nothing. No value of a key or address is printed.
"""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.cli.query import write
from orchestration.report.query_result import Format, QueryResult
from orchestration.report.terminal import Terminal
from orchestration.report.wrapping import paragraph

if TYPE_CHECKING:
    from orchestration.settings import Settings

DISTRIBUTION = "crypto-market-warehouse"
OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
GIGABYTE = 1_000_000_000
LEAST_FREE_BYTES = 2 * GIGABYTE
"""A run keeps the old release while it writes the new one, and dbt and DuckDB spill to disk."""
NETWORK_SECONDS = 5.0
OTHER_VARIABLES = frozenset(
    f"WAREHOUSE_{name}" for name in ("BI_FOLDER", "BI_HOST", "BI_PASSWORD", "BI_PORT", "CODE_HOST", "FILE")
)
"""Of the dashboards and the containers."""
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class Level(StrEnum):
    """How serious a finding is. `problem`: a run will fail or publish nothing."""

    ok = "ok"
    note = "note"
    problem = "problem"


SUBJECT_WIDTH, LEVEL_WIDTH = 14, 9
STYLES = {Level.ok: "green", Level.note: "yellow", Level.problem: "bold red"}


@dataclass(frozen=True)
class Finding:
    """What was looked at, and what was found, with the next step where there is one."""

    subject: str
    level: Level
    text: str


def examine(settings: "Settings", has_network: Callable[[], bool] | None = None) -> Iterator[Finding]:
    """Every finding, in the order in which a run depends on them. `has_network` replaces the look at the network."""
    yield _interpreter()
    yield from _packages()
    yield _cache()
    yield from _settings(settings)
    home = _home(settings)
    yield home
    if home.level is not Level.problem:
        yield _disk(settings)
        yield _working_file(settings)
        yield _release(settings)
    yield _clock(settings)
    yield _proxies()
    yield from _keys(settings)
    yield _network(has_network or (lambda: _reaches_a_provider(settings)))


def _interpreter() -> Finding:
    found = platform.python_version()
    if OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        return Finding("interpreter", Level.ok, f"Python {found} at {sys.executable}")
    return Finding("interpreter", Level.problem, f"Python {found} is not supported: install 3.11, 3.12 or 3.13")


def _packages() -> Iterator[Finding]:
    """The requirements that the distribution states and this environment does not meet."""
    from packaging.requirements import Requirement

    wrong = []
    for text in metadata.requires(DISTRIBUTION) or []:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} {version} is installed, {requirement.specifier} is needed")
    if wrong:
        yield Finding("packages", Level.problem, f"{'; '.join(wrong)}: install from the lock again")
    else:
        names = ("dagster", "dbt-duckdb", "duckdb", "great-expectations")
        versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
        yield Finding("packages", Level.ok, f"warehouse {metadata.version(DISTRIBUTION)}, {versions}")


def _home(settings: "Settings") -> Finding:
    home = settings.home.resolve()
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    if not nearest.is_dir():
        return Finding("home", Level.problem, f"{nearest} is a file: set WAREHOUSE_HOME to a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Finding("home", Level.problem, f"{nearest} can't be written to: set WAREHOUSE_HOME to another folder")
    if nearest != home:
        return Finding("home", Level.ok, f"{home} will be made by the first run")
    return Finding("home", Level.ok, f"{home} ({settings.origin or 'empty'})")


def _disk(settings: "Settings") -> Finding:
    home = settings.home.resolve()
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(nearest).free
    text = f"{free / GIGABYTE:,.1f} GB free"
    if free < LEAST_FREE_BYTES:
        return Finding("disk", Level.problem, f"{text}: a run needs {LEAST_FREE_BYTES / GIGABYTE:.0f} GB at most times")
    return Finding("disk", Level.ok, text)


def _cache() -> Finding:
    """Whether the parsed dbt project can be kept."""
    from orchestration.build.parsing import parsed_folder

    folder = parsed_folder()
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Finding(
            "cache", Level.problem, f"{nearest} can't be written to: make it writable, or set XDG_CACHE_HOME"
        )
    return Finding("cache", Level.ok, str(folder))


def _settings(settings: "Settings") -> Iterator[Finding]:
    """Where settings come from; names that nothing reads, and assets that no source has."""
    from orchestration.sources.shared.registry import unknown_assets

    file = Path(".env").resolve()
    yield Finding("settings", Level.ok, f"the environment and {file}" if file.exists() else "the environment; no .env")
    known = {field.alias for field in type(settings).model_fields.values()} | OTHER_VARIABLES
    unknown = sorted(name for name in settings.environment if name.startswith("WAREHOUSE_") and name not in known)
    if unknown:
        yield Finding("settings", Level.note, f"nothing reads {', '.join(unknown)}: .env.example lists the names")
    if assets := unknown_assets(settings.assets):
        yield Finding("settings", Level.note, f"WAREHOUSE_ASSETS: no source has a symbol for {', '.join(assets)}")


def _working_file(settings: "Settings") -> Finding:
    from orchestration.file_errors import FileUnusable, WarehouseBusy
    from orchestration.raw.working_file import connect

    if not settings.working_file.exists():
        return Finding("working file", Level.ok, "none yet")
    try:
        with connect(settings.working_file, read_only=True) as connection:
            row = connection.execute(
                "select count(*) from duckdb_tables() where schema_name = 'raw' and estimated_size > 0"
            ).fetchone()
    except WarehouseBusy as busy:
        return Finding("working file", Level.note, str(busy))
    except FileUnusable as problem:
        return Finding("working file", Level.problem, str(problem))
    return Finding("working file", Level.ok, f"{row[0] if row else 0} raw tables with rows")


def _release(settings: "Settings") -> Finding:
    from orchestration.file_errors import FileUnusable
    from orchestration.release.open import NothingPublished, newest_file

    try:
        file = newest_file(settings.published)
    except NothingPublished:
        return Finding("release", Level.note, "nothing is published yet: `warehouse run` publishes the first release")
    except FileUnusable as problem:
        return Finding("release", Level.problem, str(problem))
    return Finding("release", Level.ok, file.version)


def _clock(settings: "Settings") -> Finding:
    if settings.fixed_now is not None:
        return Finding("clock", Level.note, f"WAREHOUSE_NOW fixes it at {settings.fixed_now:%Y-%m-%d %H:%M} UTC")
    if settings.clock_start is not None:
        return Finding("clock", Level.note, f"WAREHOUSE_CLOCK starts it at {settings.clock_start:%Y-%m-%d %H:%M} UTC")
    return Finding("clock", Level.ok, f"{settings.now():%Y-%m-%d %H:%M} UTC")


def _proxies() -> Finding:
    named = [name for name in PROXY_VARIABLES if os.environ.get(name)]
    if not named:
        return Finding("proxies", Level.ok, "none; loopback never goes through one")
    wants_socks = [name for name in named if os.environ[name].lower().startswith("socks")]
    if wants_socks and not _is_importable("socks"):
        return Finding(
            "proxies", Level.problem, f"{wants_socks[0]} names a SOCKS proxy, which needs PySocks: install it"
        )
    return Finding("proxies", Level.note, f"{', '.join(named)} are used for all hosts but this machine")


def _is_importable(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


def _keys(settings: "Settings") -> Iterator[Finding]:
    from orchestration.sources.shared.registry import datasets

    providers = {dataset.provider for dataset in datasets() if dataset.file_pattern is None}
    keyed = sorted({name for provider in providers if (name := provider.api_key_variable)})
    given = [name for name in keyed if settings.environment.get(name, "").strip()]
    missing = [name for name in keyed if name not in given]
    if given:
        yield Finding("keys", Level.ok, f"set: {', '.join(given)}")
    if missing:
        yield Finding("keys", Level.note, f"not set: {', '.join(missing)} (`warehouse sources` lists what they add)")
    for provider in sorted(providers, key=lambda one: one.name):
        if refusal := settings.refusal(provider):
            yield Finding("keys", Level.problem, refusal)


def _network(has_network: Callable[[], bool]) -> Finding:
    if has_network():
        return Finding("network", Level.ok, "a provider's host accepts connections")
    advice = "live runs will publish nothing new; the sample needs no network"
    return Finding(
        "network", Level.note, f"no provider's host accepted a connection in {NETWORK_SECONDS:.0f} s: {advice}"
    )


def _reaches_a_provider(settings: "Settings") -> bool:
    from orchestration.ingest.hosts import accepts_any

    return accepts_any(settings.base_urls(), NETWORK_SECONDS)


def print_findings(settings: "Settings", format_: Format) -> bool:
    """Print every finding. Returns whether one of them is a problem."""
    found = list(examine(settings))
    if format_ is not Format.table:
        rows = [(one.subject, str(one.level), one.text) for one in found]
        write(QueryResult(["subject", "level", "finding"], rows), format_)
    else:
        sys.stdout.write(findings_text(found, Terminal.of()))
    return any(one.level is Level.problem for one in found)


def findings_text(found: Sequence[Finding], terminal: Terminal) -> str:
    """A line per finding, then in a line how many are problems."""
    lines = []
    for one in found:
        start = f"{one.subject:<{SUBJECT_WIDTH}}{one.level:<{LEVEL_WIDTH}}"
        text = paragraph(one.text, terminal.width, len(start))[len(start) :]
        lines.append(f"{one.subject:<{SUBJECT_WIDTH}}{terminal.styled(start[SUBJECT_WIDTH:], STYLES[one.level])}{text}")
    problems = sum(one.level is Level.problem for one in found)
    lines.append(f"\n{problems} problem{'' if problems == 1 else 's'}" if problems else "\nnothing is wrong")
    return "\n".join(lines) + "\n"
