"""Reports of defects: a file that can be attached to an issue as it is.

It holds the version, the command and the traceback, without secrets. The `warehouse` command writes one when it ends
unexpectedly (`orchestration.cli.errors`); a run writes one when our own code fails on what a source sent, and goes on
with the other sources.
"""

import errno
import os
import platform
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from itertools import count
from pathlib import Path

import duckdb

from orchestration.file_errors import FileUnusable, WarehouseBusy
from orchestration.redaction import strike_out
from orchestration.settings import Settings, version

REPORTED_PACKAGES = ("dagster", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations", "requests")
MACHINE_ERRORS = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE)
)


def ends_the_run(error: Exception) -> bool:
    """Whether it is a problem of this machine, such as a full disk or a busy working file, and not of one source."""
    if isinstance(error, OSError):
        return error.errno in MACHINE_ERRORS
    return isinstance(
        error, MemoryError | WarehouseBusy | FileUnusable | duckdb.IOException | duckdb.OutOfMemoryException
    )


@dataclass(frozen=True)
class Defects:
    """Where the defects of a run are reported; safe to share between threads. The same defect is written once."""

    home: Path
    environment: Mapping[str, str] = field(repr=False)
    _written: dict[tuple[str, str, int | None], Path] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @staticmethod
    def of(home: Path) -> "Defects":
        """For a home, with the environment as the settings read it."""
        return Defects(home, Settings.load().environment)

    def sentence(self, error: Exception, doing: str) -> str:
        """One sentence about an unexpected exception while `doing` something, with the report file."""
        frames = traceback.extract_tb(error.__traceback__)
        where = (frames[-1].filename, frames[-1].lineno) if frames else ("", None)
        with self._lock:
            key = (type(error).__name__, *where)
            if key not in self._written:
                self._written[key] = write_report(error, self.environment, self.home)
            file = self._written[key]
        return (
            f"{doing} failed in an unforeseen way ({first_line(error, self.environment)}): a defect of the warehouse; "
            f"please report it with the text of {file}; keys are not in it"
        )


def first_line(error: Exception, environment: Mapping[str, str]) -> str:
    """'TypeError: its message', on one line and without secrets."""
    message = strike_out(str(error), environment).strip()
    return f"{type(error).__name__}: {message.splitlines()[0][:300] if message else 'no message'}"


_numbers = count(1)


def write_report(error: Exception, environment: Mapping[str, str], home: Path) -> Path:
    """Where the report was written: `errors/` in the home, else the folder for temporary files."""
    now = datetime.now(UTC)
    lines = [
        f"warehouse {version()}, {now:%Y-%m-%d %H:%M:%S} UTC",
        f"command: warehouse {' '.join(sys.argv[1:])}",
        f"Python {platform.python_version()} on {platform.platform()}",
        ", ".join(f"{name} {_version_of(name)}" for name in REPORTED_PACKAGES),
        "",
        *traceback.format_exception(error),
    ]
    text = strike_out("\n".join(lines), environment)
    name = f"{now:%Y%m%dT%H%M%S}-{os.getpid()}-{next(_numbers)}.txt"
    for folder in (home / "errors", Path(tempfile.gettempdir())):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            file = (folder / name).resolve()
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8", errors="backslashreplace")
            return file
    return Path(os.devnull)


def _version_of(package: str) -> str:
    try:
        return package_version(package)
    except PackageNotFoundError:
        return "missing"
