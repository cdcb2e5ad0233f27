"""CONTRIBUTING.md's six steps, followed word by word in a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
BLOCKS = re.findall(r"^<!-- (write|append|after): (.+?) -->\n```\w+\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
COPIED = ("bi", "data_checks", "dbt_project", "orchestration", "tests", ".env.example", "pyproject.toml")
pytestmark = pytest.mark.slow

PROOF = """
import json
import dagster as dg
import duckdb
from orchestration.definitions import defs
from orchestration.defs.instance import dagster_instance
from orchestration.settings import Settings
from orchestration.build.marts import build
from orchestration.build.parsing import ensure_manifest
from tests.warehouse.test_project_conventions import misdescribed

bars, staged = dg.AssetKey(["example", "bars_1d"]), dg.AssetKey(["staging", "stg_example__daily_bars_versions"])
graph = defs.resolve_asset_graph()
assert bars in graph.get(staged).parent_keys, graph.get(staged).parent_keys
assert graph.get(bars).group_name == "raw"
settings = Settings.load()
with dagster_instance(settings) as instance:
    result = defs.resolve_job_def("main").execute_in_process(
        instance=instance,
        asset_selection=[bars, dg.AssetKey(["nyse", "sessions"])],
        run_config={"resources": {"run_context": {"config": {"source": "sample-full"}}}},
    )
    (check,) = result.get_asset_check_evaluations()
    assert check.passed, check.metadata
results = build(settings, settings.now(), ["+fct_daily_prices"])
# Tests over all facts need facts that are left out here.
mine = [result for result in results if not result.unique_id.startswith("test.") or "example" in result.unique_id]
broken = [(result.unique_id, result.message) for result in mine if result.is_failure]
assert not broken, broken
made = {result.unique_id for result in results}
nodes = [node for name, node in json.loads(ensure_manifest().read_bytes())["nodes"].items() if name in made]
with duckdb.connect(str(settings.working_file), read_only=True) as connection:
    connection.execute(f"attach '{settings.release_draft}' as release (read_only)")
    assert not misdescribed(connection, nodes)
assert "stg_example__daily_bars_versions" in {node["name"] for node in nodes}
"""
"""Run in the copy: the asset exists, fetches from the sample market, its bars reach the fact, and every column that was
built is described."""
OF_A_BUILD = (
    "test_every_column_that_exists_is_documented_and_every_documented_one_exists",
    "test_the_published_file_carries_the_documentation",
    "test_marts_have_contracts_and_enforced_primary_keys",
    "test_contracts_of_more_than_one_unit_are_scaled_in_staging",
)
"""The conventions that look at a build of the whole project. Of the first the proof has what the source can break; the
others are about marts and about contracts of many units, and the guide adds none."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the source that the guide adds."""
    project = tmp_path_factory.mktemp("contributing") / "project"
    for name in COPIED:
        source, ignore = ROOT / name, shutil.ignore_patterns("target", "logs", "__pycache__", ".venv")
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=ignore)
        else:
            shutil.copy(source, project / name)
    for act, where, text in BLOCKS:
        follow(project, act, where, text)
    run(project, "-m", "orchestration.docs.settings_example")  # the part of `make docs` that is committed
    return project


def follow(project: Path, act: str, where: str, text: str) -> None:
    """Does what the comment over a block describes: write a file, append lines, or put lines after another."""
    line, _, name = where.rpartition(" in ")
    path = project / name
    if act == "write":
        assert not path.exists(), f"{where} is there already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return
    before = path.read_text()
    assert before.endswith("\n"), where
    if act == "append":
        path.write_text(before + text)
        return
    anchor = line.strip("`") + "\n"
    assert before.count(anchor) == 1, (
        f"{anchor!r} occurs {before.count(anchor)} times in {name}: correct CONTRIBUTING.md"
    )
    path.write_text(before.replace(anchor, anchor + text))


def run(project: Path, *arguments: str) -> str:
    finished = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env=os.environ
        | {"PYTHONPATH": str(project), "WAREHOUSE_HOME": str(project / "data"), "WAREHOUSE_ASSETS": "BTC,ETH"},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert finished.returncode == 0, finished.stdout[-4000:] + finished.stderr[-4000:]
    return finished.stdout


def test_there_are_six_steps_and_every_block_names_its_file() -> None:
    assert re.findall(r"^### (\d)\.", GUIDE, re.MULTILINE) == list("123456")
    steps = GUIDE.split("\n### ")[1:]
    assert all("\n<!-- " in step for step in steps)
    assert len(BLOCKS) == "".join(steps).count("```") / 2
    assert f"in {len(BLOCKS)} places" in GUIDE


def test_style_and_types_are_clean(copy: Path) -> None:
    mine = [name for act, name, _ in BLOCKS if act == "write" and name.endswith(".py")]
    assert "no issues" in run(copy, "-m", "mypy", *(name for name in mine if name.startswith("orchestration")))
    run(copy, "-m", "ruff", "check", *mine)
    run(copy, "-m", "ruff", "format", "--check", *mine)
    models = [name for act, name, _ in BLOCKS if act == "write" and name.endswith(".sql")]
    run(copy, "-m", "sqlfluff", "lint", "--disable-progress-bar", *models)


def test_the_source_passes_the_tests_of_every_source_and_the_conventions(copy: Path) -> None:
    reported = run(
        copy,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "example or conventions or source_registry"),
        *("tests/unit/test_source_example.py", "tests/unit/test_source_failures.py"),
        *("tests/unit/test_source_registry.py", "tests/warehouse/test_project_conventions.py"),
        *(f"--deselect=tests/warehouse/test_project_conventions.py::{name}" for name in OF_A_BUILD),
    )
    assert int(re.search(r"(\d+) passed", reported)[1]) > 40, reported  # type: ignore[index]


def test_its_figures_reach_the_fact_from_the_sample_market(copy: Path) -> None:
    import duckdb

    run(copy, "-c", PROOF)
    with duckdb.connect(str(copy / "data" / "building" / "crypto_market.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select asset, count(*), bool_and(is_final) from marts.fct_daily_venue_prices "
            "where venue = 'example' group by asset"
        ).fetchall()
        chosen = connection.execute("select distinct source from marts.fct_daily_prices").fetchall()
    assert sorted(rows) == [("BTC", 192, True), ("ETH", 192, True)]
    assert chosen == [("example",)], "where no other source has the day, the last in precedence is taken"
