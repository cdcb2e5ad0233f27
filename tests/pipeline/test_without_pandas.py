"""What runs and readers start imports no pandas, but for what needs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline.conftest import LATER

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("reparse", "binance"),
        ("brief",),
        ("sql", "--as-of", "2025-05-12", "from fct_daily_prices"),
        ("verify", "text.txt"),
    ],
    ids=" ".join,
)
def test_a_command_imports_no_pandas(home: Path, arguments: tuple[str, ...]) -> None:
    """The run brings restated figures: it loads, builds and publishes, and the checks have a process of their own."""
    (home.parent / "text.txt").write_text("Bitcoin climbed above $104,000 on 8 May 2025.")
    modules = imported(home, *arguments)
    assert "duckdb" in modules
    assert not any(name.startswith("pandas.") for name in modules)


def imported(home: Path, *arguments: str) -> set[str]:
    """The modules that a command imports, or tries to, in its own process."""
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "orchestration", *arguments],
        env=os.environ | {"WAREHOUSE_HOME": str(home), "WAREHOUSE_NOW": LATER},
        cwd=home.parent,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines() if line.startswith("import time:")}
