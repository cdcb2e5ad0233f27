"""The wheel, in an environment of its own with what is locked and nothing else, used from an empty folder.

Nothing reads the checkout: dbt project, seeds, sample figures, templates and dashboards come from the wheel.
"""

import json
import os
import pty
import subprocess
import termios
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tests.pipeline.installing import build_wheel, install_beside_tests, served_ui, users_environment, warehouse

TERMINAL = {"TERM": "xterm-256color", "COLUMNS": "120"}
ERASED = "\x1b[2K"
"""Erases the line in which the cursor is."""
BAR = "\u2501"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of an environment that holds the wheel and its locked requirements, nothing else."""
    return install_beside_tests(wheel, tmp_path_factory.mktemp("environment"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("anywhere")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return users_environment(tmp_path_factory.mktemp("cache"))


def in_terminal(command: Sequence[str | Path], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run it in a terminal of 120 columns: its exit status, and all that it wrote, control codes included."""
    terminal, inside = pty.openpty()
    termios.tcsetwinsize(inside, (40, 120))
    process = subprocess.Popen(command, cwd=folder, env=environment | TERMINAL, stdout=inside, stderr=inside)
    os.close(inside)
    written = b""
    with suppress(OSError):  # raised where the other end was closed
        while part := os.read(terminal, 65_536):
            written += part
    os.close(terminal)
    return process.wait(), written.decode()


def test_the_wheel_holds_what_the_commands_need_and_no_more(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    needed = {
        "orchestration/bundled/dbt_project/dbt_project.yml",
        "orchestration/bundled/dbt_project/profiles.yml",
        "orchestration/bundled/dbt_project/seeds/assets.csv",
        "orchestration/bundled/bi/superset/start.py",
        "orchestration/report/templates/brief.html.j2",
        "orchestration/sample/figures/binance_klines_1d.csv",
    }
    assert needed <= names
    brought = [Path(name) for name in names if name.startswith("orchestration/bundled/parsed/")]
    assert len({path.parent.name for path in brought}) == 1
    assert sorted(path.name.partition(".")[0] for path in brought) == [
        "lineage",
        "manifest",
        "partial_parse",
        "recording",
        "sizes",
    ]
    assert not [
        name for name in names if name.startswith(("tests/", "bench/")) or "/target/" in name or "/.venv/" in name
    ]


def test_a_run_in_an_empty_folder_publishes_and_is_read(
    installed: Path, empty: Path, environment: dict[str, str]
) -> None:
    status, shown = in_terminal([installed / "warehouse", "run"], empty, environment)
    assert status == 0, shown
    lines = [line.rpartition(ERASED)[2] for line in shown.split("\n")]
    finished = [line for line in lines if "complete, " in line]
    assert len(finished) == 8, shown
    assert not [line for line in finished if BAR in line], "the live display was not erased before a sentence"
    assert sorted(path.name for path in empty.iterdir()) == ["data"]
    kept = {path.name for path in Path(environment["XDG_CACHE_HOME"]).rglob("*.*")}
    assert "manifest.json" in kept, "what dbt parsed is not in the cache folder"
    assert "dbt.log" not in kept, "dbt parsed the project, though the wheel brings it parsed"
    assert not (empty / "data" / "dbt_logs").exists(), "dbt built the project, though the wheel brings its recording"
    for words in (["brief"], ["claims"], ["status"], ["check"], ["--help"]):
        done = warehouse(installed, empty, environment, *words)
        assert done.returncode == 0, (words, done.stdout + done.stderr)
        assert done.stdout
    found = warehouse(
        installed, empty, environment, "sql", "--format", "json", "select count(*) as n from fct_daily_prices"
    )
    assert json.loads(found.stdout)[0]["n"] > 100


def test_the_ui_opens_and_ends_on_a_signal(
    installed: Path, empty: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    with served_ui(installed, empty, environment, tmp_path / "ui.log"):
        pass
