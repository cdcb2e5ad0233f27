"""Runs killed at any moment: readers keep what was published, and no table changes."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.conftest import Runner
from tests.pipeline.processes import start, wait_until
from tests.pipeline.tables import changed, content

Rows = Callable[[Path, str], list[tuple[object, ...]]]
pytestmark = pytest.mark.slow

MOMENTS: dict[str, tuple[signal.Signals, Callable[[Path, str], bool]]] = {
    "the home is taken": (signal.SIGKILL, lambda home, output: (home / "run.pid").exists()),
    "a source is loaded": (signal.SIGINT, lambda home, output: "new versions" in output),
    "the facts are being built": (signal.SIGTERM, lambda home, output: any((home / "building").glob("*.duckdb"))),
    "the checks are done": (signal.SIGKILL, lambda home, output: (home / "checks" / "report.json").exists()),
}


def test_a_rerun_leaves_every_table_equal_even_if_killed_at_any_moment(
    home: Path, tmp_path: Path, run_in: Runner, rows_of: Rows
) -> None:
    """Each run resumes the one before and is killed at a later moment; the last one ends."""
    before = content(home)
    (home / "checks" / "report.json").unlink()
    for moment, (signal_, is_now) in MOMENTS.items():
        kill_when(is_now, signal_, home, tmp_path / moment)
        assert rows_of(home, "select count(*) > 0 from marts.fct_daily_prices") == [(True,)], moment
    assert run_in(home).exit_code == 0
    assert changed(before, home) == {}


def kill_when(is_now: Callable[[Path, str], bool], signal_: signal.Signals, home: Path, log: Path) -> None:
    """Start a run and kill it at a moment. Fails when it ends before, or with more than a sentence."""
    with log.open("w") as output:
        command = ("-m", "orchestration", "run", "--source", "sample")
        process = start(*command, home=home, stdout=subprocess.DEVNULL, stderr=output.fileno())
    wait_until(lambda: is_now(home, log.read_text()), process, log)
    process.send_signal(signal_)
    status = process.wait()
    if signal_ is signal.SIGKILL:
        return
    assert status == 128 + signal_, log.read_text()
    assert log.read_text().splitlines()[-1] == "warehouse: interrupted; nothing new was published"
    assert "Traceback" not in log.read_text()
    assert "terminate called" not in log.read_text()
