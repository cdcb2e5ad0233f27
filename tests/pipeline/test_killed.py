"""A run that is killed, at whatever moment: readers keep what was published, and the next run makes good."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.conftest import Runner
from tests.pipeline.tables import changed, content

Ask = Callable[[Path, str], list[tuple[object, ...]]]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("killed")]

KILLED_WHEN: dict[str, Callable[[Path, str], bool]] = {
    "the home is taken": lambda home, said: (home / "run.pid").exists(),
    "a source is loaded": lambda home, said: "new versions" in said,
    "the facts are being built": lambda home, said: any((home / "building").glob("*.duckdb")),
    "the checks are done": lambda home, said: (home / "checks" / "report.json").exists(),
}


@pytest.mark.parametrize("moment", KILLED_WHEN)
def test_killed_at_any_point_the_next_run_recovers(
    home: Path, tmp_path: Path, run_in: Runner, ask: Ask, moment: str
) -> None:
    before = content(home)
    said = tmp_path / "said"
    (home / "checks" / "report.json").unlink()
    with said.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration", "run", "--source", "sample"],
            env=os.environ | {"WAREHOUSE_HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    while not KILLED_WHEN[moment](home, said.read_text()):
        assert process.poll() is None, f"the run ended before that moment: {said.read_text()}"
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert ask(home, "select count(*) > 0 from marts.fct_daily_prices") == [(True,)]
    assert run_in(home).exit_code == 0
    assert changed(before, home) == {}
