"""Commands start fast because they import little: what takes long to import stays out of those that do without it."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.raw.working_file import connect, prepare
from orchestration.sources.shared.registry import datasets

SLOW = frozenset(
    [
        "altair",
        "asyncio",
        "dagster",
        "dbt",
        "great_expectations",
        "jinja2",
        "numpy",
        "pandas",
        "pyarrow",
        "requests",
        "rich.console",
        "tenacity",
    ]
)
"""Each takes from 50 milliseconds to seconds."""
PROGRAM = """
import sys
from orchestration.cli.main import main
sys.argv = ["warehouse", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(*sorted(sys.modules), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a working file and a release of one table."""
    folder = tmp_path_factory.mktemp("start") / "data"
    with connect(folder / "warehouse.duckdb") as connection:
        prepare(connection, datasets())
        connection.execute(
            "insert into raw.extractions (source, dataset, attempted_at, outcome) "
            "values ('binance', 'klines_1d', timestamp '2025-05-12', 'complete')"
        )
    (folder / "published").mkdir()
    with duckdb.connect(str(folder / "published" / "crypto_market.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.t as select 1.5::decimal(18, 2) as close_usd")
    return folder


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("sql", "from t"), ("sql", ".schema t"), ("status",), ("sources",)],
    ids=" ".join,
)
def test_a_command_imports_nothing_slow_that_it_does_not_need(home: Path, arguments: tuple[str, ...]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=os.environ | {"WAREHOUSE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert SLOW & set(ended.stderr.split()) == set()
    assert ("duckdb" in ended.stderr.split()) is (arguments[0] in ("sql", "status"))


def test_the_checks_import_no_statistics_and_no_charts_and_leave_them_to_others() -> None:
    """Both take a third of Great Expectations' start-up, and no check uses them."""
    program = """
import sys
import data_checks.expectations
assert not {"altair", "scipy.stats"} & sys.modules.keys()
import altair, scipy.stats
assert altair.Chart and scipy.stats.entropy([1, 1], [1, 1]) == 0
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr


def test_the_ui_starts_its_processes_without_importing_dagster_itself(home: Path) -> None:
    """Where a run has made Dagster's records: it would take two seconds, and each process imports it anyway."""
    program = """
import sys
from orchestration.cli import ui
from orchestration.settings import Settings
ui._processes = lambda *_: 0
settings = Settings.load()
assert ui.serve(settings, 65_535) == 0
assert ("dagster" in sys.modules) is (sys.argv[1] == "first")
assert (settings.dagster_home / "history").is_dir()
"""
    for time in ("first", "second"):
        ended = subprocess.run(
            [sys.executable, "-c", program, time],
            env=os.environ | {"WAREHOUSE_HOME": str(home), "WAREHOUSE_RESULTS_URL": "http://127.0.0.1:1"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 0, ended.stderr
