"""Running again, and being killed at it, at whatever moment: readers keep what was published, and no table changes."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.conftest import Runner
from tests.pipeline.processes import start, wait_until
from tests.pipeline.tables import changed, content

Ask = Callable[[Path, str], list[tuple[object, ...]]]
pytestmark = pytest.mark.slow

KILLED_WHEN: dict[str, Callable[[Path, str], bool]] = {
    "the home is taken": lambda home, said: (home / "run.pid").exists(),
    "a source is loaded": lambda home, said: "new versions" in said,
    "the facts are being built": lambda home, said: any((home / "building").glob("*.duckdb")),
    "the checks are done": lambda home, said: (home / "checks" / "report.json").exists(),
}


def test_running_again_leaves_every_table_equal_though_killed_at_any_moment(
    home: Path, tmp_path: Path, run_in: Runner, ask: Ask
) -> None:
    """Each run takes up what the one before left, and is killed at a later moment; the last one ends."""
    before = content(home)
    (home / "checks" / "report.json").unlink()
    for moment, is_now in KILLED_WHEN.items():
        kill_when(is_now, home, tmp_path / moment)
        assert ask(home, "select count(*) > 0 from marts.fct_daily_prices") == [(True,)], moment
    assert run_in(home).exit_code == 0
    assert changed(before, home) == {}


def kill_when(is_now: Callable[[Path, str], bool], home: Path, log: Path) -> None:
    """Start a run and kill it at a moment. Fails when the run ends before."""
    with log.open("w") as said:
        command = ("-m", "orchestration", "run", "--source", "sample")
        process = start(*command, home=home, stdout=subprocess.DEVNULL, stderr=said.fileno())
    wait_until(lambda: is_now(home, log.read_text()), process, log)
    process.kill()
    process.wait()
