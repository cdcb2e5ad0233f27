"""The wheel, installed with plain pip into an environment of its own, used from an empty folder.

Nothing reads the checkout: dbt project, seeds, sample figures, templates and dashboards come from the wheel.
"""

import json
import os
import pty
import signal
import subprocess
import sys
import termios
import time
import urllib.request
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tests.pipeline.processes import free_port

ROOT = Path(__file__).parents[2]
TERMINAL = {"TERM": "xterm-256color", "COLUMNS": "120"}
ERASED = "\x1b[2K"
"""Erases the line in which the cursor is."""
BAR = "\u2501"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


def quietly(*command: str | Path, **more: str) -> None:
    done = subprocess.run(command, env=os.environ | more, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    quietly(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of an environment that holds the wheel and its locked requirements, nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    quietly(sys.executable, "-m", "venv", folder)
    pip = (folder / "bin" / "python", "-m", "pip")
    install = (*pip, "install", "-q", "--disable-pip-version-check", "--no-deps", "--no-compile")
    quietly(*install, "--require-hashes", "-r", ROOT / "deploy" / "requirements.lock")
    quietly(*install, wheel)
    # The lock has all that the wheel requires, in versions that it takes.
    quietly(*pip, "check")
    return folder / "bin"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("anywhere")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The user's, without what this test session added, and with a cache folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WAREHOUSE_", "PYTHONPATH"))}
    return kept | {"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}


def warehouse(
    installed: Path, folder: Path, environment: dict[str, str], *words: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [installed / "warehouse", *words], cwd=folder, env=environment, capture_output=True, text=True
    )


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
    port = free_port()
    with (tmp_path / "ui.log").open("w") as log:
        process = subprocess.Popen(
            [installed / "warehouse", "ui", "--port", str(port)],
            cwd=empty,
            env=environment,
            stdout=log,
            stderr=log,
            # As a shell starts what is to run in the background.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        )
        try:
            assert _is_served(f"http://127.0.0.1:{port}/server_info", process), (tmp_path / "ui.log").read_text()
        finally:
            process.terminate()
            process.wait(60)


def _is_served(url: str, process: "subprocess.Popen[bytes]", seconds: float = 240) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:
                return bool(reply.status == 200)
        except OSError:
            time.sleep(0.5)
    return False
