"""The wheel, installed as a user installs it: with the interpreter's own pip, against the lock, and nothing else."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import distribution
from importlib.util import cache_from_source
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.pipeline.processes import free_port

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "deploy" / "requirements.lock"
PIP_INSTALL = ("-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--no-compile")


def build_wheel(folder: Path) -> Path:
    """The wheel of this checkout, built into `folder`."""
    _quietly(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    (built,) = folder.glob("*.whl")
    return built


def install(python: str | Path, wheel: Path, folder: Path) -> Path:
    """Put the wheel and its locked requirements into a new environment of `python`. Returns its folder of commands."""
    _quietly(python, "-m", "venv", folder)
    _quietly(folder / "bin" / "python", *PIP_INSTALL, "--require-hashes", "-r", LOCK)
    return _with_wheel(folder, wheel)


def install_beside_tests(wheel: Path, folder: Path) -> Path:
    """As `install`, in seconds: what is locked is taken from the environment of the tests, which has it, too."""
    _quietly(sys.executable, "-m", "venv", folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    for line in re.findall(r"^\w.*(?= \\$)", LOCK.read_text(), re.MULTILINE):
        locked = Requirement(line)
        if locked.marker is None or locked.marker.evaluate():
            found = distribution(locked.name)
            assert found.version in locked.specifier, f"{locked}, but {found.version} is installed"
            # Nobody calls the commands of other packages, which lie outside.
            for file in (file for file in found.files or () if ".." not in file.parts):
                _link(Path(str(found.locate_file(file))), packages / file)
    return _with_wheel(folder, wheel)


def _link(source: Path, target: Path) -> None:
    """Put a file at `target`, and its bytecode, where it was compiled already."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".py" and (compiled := Path(cache_from_source(str(source)))).exists():
        _link(compiled, Path(cache_from_source(str(target))))
    if not target.exists():
        try:
            os.link(source, target)
        except OSError:  # on another disk
            shutil.copy2(source, target)


def _with_wheel(folder: Path, wheel: Path) -> Path:
    """Installs the wheel into an environment that has what is locked. Returns its folder of commands."""
    python = folder / "bin" / "python"
    _quietly(python, *PIP_INSTALL, wheel)
    # The lock has all that the wheel requires, in versions that it takes.
    _quietly(python, "-m", "pip", "check")
    return folder / "bin"


def users_environment(cache: Path) -> dict[str, str]:
    """The user's, without what this test session added, and with a cache folder of its own."""
    ours = ("WAREHOUSE_", "DUCKDB_", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"XDG_CACHE_HOME": str(cache)}


def warehouse(
    installed: Path, folder: Path, environment: dict[str, str], *words: str
) -> "subprocess.CompletedProcess[str]":
    """The outcome of `warehouse` with `words`, in `folder`."""
    return subprocess.run(
        [installed / "warehouse", *words], cwd=folder, env=environment, capture_output=True, text=True
    )


@contextmanager
def served_ui(installed: Path, folder: Path, environment: dict[str, str], log: Path) -> Iterator[str]:
    """The address of `warehouse ui` when it serves its page; ended on leaving."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    with log.open("w") as output:
        process = subprocess.Popen(
            [installed / "warehouse", "ui", "--port", str(port)],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            # As a shell starts what is to run in the background.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
            start_new_session=True,
        )
        try:
            _wait_for(f"{url}/server_info", process, log)
            yield url
        finally:
            process.terminate()
            process.wait(60)
    # What it started has ended with it.
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5) as reply:
            assert reply.status == 200
            return
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.5)
    raise AssertionError(log.read_text())


def _quietly(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
