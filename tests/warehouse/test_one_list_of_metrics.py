"""`daily_figures` in `dbt_project.yml` is the one list of daily figures: adding a metric there is all that it takes."""

import shutil
from pathlib import Path

import duckdb
import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from data_checks.suites.metrics import facts_sql
from orchestration.build.invocation import LOG, dbt_environment
from tests.warehouse.conftest import NOW, PROJECT, Warehouse

LINE = "        - [total_liquidations_usd, sum, total_usd]\n"
ADDED = "        - [longs_again_usd, sum, long_usd]\n"
MODELS = (
    *("metrics", "dim_metrics", "fct_daily_metrics", "fct_daily_records", "fct_revisions", "fct_rolling_24h"),
    *("int_series_months", "int_moment_figures"),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the dbt project with one more metric: a line in the list and its description in the catalogue."""
    copy = tmp_path_factory.mktemp("one_list") / "dbt_project"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns("target", "logs"))
    settings, catalogue = copy / "dbt_project.yml", copy / "seeds" / "metrics.csv"
    assert LINE in settings.read_text()
    settings.write_text(settings.read_text().replace(LINE, LINE + ADDED))
    (described,) = [line for line in catalogue.read_text().splitlines() if line.startswith("long_liquidations_usd,")]
    with catalogue.open("a") as file:
        file.write(described.replace("long_liquidations_usd,", "longs_again_usd,", 1) + "\n")
    return copy


@pytest.fixture(scope="module")
def release(project: Path, made_up: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up market's release with the tables of all metrics made anew by the copy."""
    folder = tmp_path_factory.mktemp("one_list_files")
    for file in (made_up.working_file, made_up.release_file):
        shutil.copy(file, folder / file.name)
    files = {
        "WAREHOUSE_FILE": str(folder / made_up.working_file.name),
        "WAREHOUSE_RELEASE_FILE": str(folder / made_up.release_file.name),
    }
    with dbt_environment(files):
        outcome = dbtRunner().invoke(
            [
                *("build", "--select", *MODELS, "--exclude-resource-type", "test", "unit_test"),
                *("--no-write-json", *LOG, "--vars", f'{{now: "{NOW}"}}'),
                *("--project-dir", str(project), "--profiles-dir", str(project)),
                *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
            ]
        )
        DuckDBConnectionManager.close_all_connections()
    assert outcome.success, [(result.node.name, result.message) for result in getattr(outcome.result, "results", [])]
    with duckdb.connect(str(folder / made_up.working_file.name), read_only=True) as connection:
        connection.execute(f"attach '{folder / made_up.release_file.name}' as release (read_only)")
        moments = connection.execute(
            "select count(*) from intermediate.int_moment_figures where metric = 'longs_again_usd'"
        ).fetchall()
    assert moments[0][0] > 0
    return folder / made_up.release_file.name


@pytest.mark.parametrize(
    "table",
    [
        *("marts.fct_daily_metrics", "marts.fct_daily_records", "marts.fct_revisions", "marts.fct_rolling_24h"),
        f"daily_metrics_as_of(timestamp '{NOW}')",
    ],
)
def test_a_metric_that_the_list_gained_is_in_every_table_of_metrics(release: Path, table: str) -> None:
    with duckdb.connect(str(release), read_only=True) as connection:
        rows, old_rows = (
            connection.execute(
                f"select * exclude (metric) from {table} where metric = '{metric}' order by all"
            ).fetchall()
            for metric in ("longs_again_usd", "long_liquidations_usd")
        )
    assert rows
    assert rows == old_rows


def test_a_metric_that_the_list_gained_is_checked(project: Path) -> None:
    query = facts_sql(project / "dbt_project.yml")
    assert "select 'longs_again_usd' as metric" in query
    assert "'longs_again_usd'" not in facts_sql()


@pytest.mark.parametrize("part", ["table", "versions", "rolling"])
def test_every_group_of_figures_says_where_its_other_tables_come_from_or_why_there_are_none(part: str) -> None:
    groups = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]["daily_figures"]
    silent = [group["relation"] for group in groups if (part in group) == (f"no_{part}" in group)]
    assert not silent
