"""One run of the main job on the bundled sample, shared by the tests that only look at it."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest

from data_checks.results import Report
from data_checks.suites.catalogue import ALL_CHECKS
from data_checks.validation import validate
from orchestration.release.checker import Checker
from orchestration.run import RunRequest, run
from orchestration.run_summary import RunOutcome
from orchestration.settings import _started
from tests.once import made_once

LATER = "2025-08-29T06:00:00Z"
"""Late enough for the sample's restated liquidations."""

Runner = Callable[..., RunOutcome]


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after one run on the sample. Copy it before changing anything in it."""

    def make(folder: Path) -> None:
        with patch.dict(os.environ, _environment(folder / "data")):
            outcome = run(RunRequest(source="sample"))
        assert outcome.exit_code == 0, outcome

    return made_once(tmp_path_factory, "sample_home", make) / "data"


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    """A copy of the home after one run, to be changed at will."""
    copy = tmp_path / "data"
    shutil.copytree(sample_home, copy, symlinks=True)
    return copy


@pytest.fixture(scope="session")
def run_in() -> Runner:
    """Runs the main job in a home: `run_in(home, WAREHOUSE_NOW=…, request=RunRequest(…))`."""

    def runner(home: Path, request: RunRequest | None = None, **environment: str) -> RunOutcome:
        # `WAREHOUSE_CLOCK` starts once in a process, and other tests of this one may have started the same.
        _started.cache_clear()
        with checks_in_this_process(), patch.dict(os.environ, _environment(home) | environment):
            return run(request or RunRequest(source="sample"))

    return runner


@contextmanager
def checks_in_this_process() -> Iterator[None]:
    """Great Expectations is imported once by a worker, and not by each run for six seconds.

    Runs that are started as processes, and the one that `sample_home` holds, have the checks in a process of their own.
    """

    def validated(
        checker: Checker,
        file: Path,
        now: datetime,
        docs: Path | None = None,
        previous: Path | None = None,
        checks: Sequence[str] | None = None,
    ) -> Report:
        assert docs is None
        wanted = [check for check in ALL_CHECKS if checks is None or check.name in checks]
        return Report.from_json(validate(file, now, previous, wanted).to_json())

    with patch.object(Checker, "start", lambda checker: checker), patch.object(Checker, "validate", validated):
        yield


@pytest.fixture(scope="session")
def rows_of() -> Callable[[Path, str], list[tuple[object, ...]]]:
    """Rows of a query on the published file of a home."""

    def rows(home: Path, query: str) -> list[tuple[object, ...]]:
        file = (home / "published" / "crypto_market.duckdb").resolve()
        with duckdb.connect(str(file), read_only=True) as connection:
            return connection.execute(query).fetchall()

    return rows


def _environment(home: Path) -> dict[str, str]:
    return {"WAREHOUSE_HOME": str(home)}
