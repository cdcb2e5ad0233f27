"""dbt's unit tests, which stand beside the models they prove: run here once, and in no build."""

import shutil
from pathlib import Path

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from orchestration.build.invocation import LOG, dbt_environment
from orchestration.build.parsing import parsed_project
from tests.warehouse.conftest import PROJECT, Warehouse

UNIT_TESTS = sorted(parsed_project().unit_tests)


@pytest.fixture(scope="module")
def results(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """Status and message of every unit test; dbt takes the types of their rows from the tables of the sample."""
    folder: Path = tmp_path_factory.mktemp("unit_tests")
    for file in (sample.working_file, sample.release_file):
        shutil.copy(file, folder / file.name)
    files = {
        "WAREHOUSE_FILE": str(folder / sample.working_file.name),
        "WAREHOUSE_RELEASE_FILE": str(folder / sample.release_file.name),
    }
    with dbt_environment(files):
        outcome = dbtRunner(parsed_project()).invoke(
            [
                *("test", "--select", "test_type:unit", "--no-write-json", *LOG),
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
            ]
        )
        DuckDBConnectionManager.close_all_connections()
    if outcome.exception is not None:
        raise outcome.exception
    return {result.node.unique_id: (str(result.status), str(result.message)) for result in outcome.result.results}


@pytest.mark.parametrize("unit_test", UNIT_TESTS, ids=lambda name: name.rpartition(".")[2])
def test_a_model_makes_the_rows_that_its_unit_test_expects(results: dict[str, tuple[str, str]], unit_test: str) -> None:
    status, message = results[unit_test]
    assert status == "pass", message


def test_no_build_runs_unit_tests(sample: Warehouse) -> None:
    assert not [name for name in sample.statuses if name.startswith("unit_test.")]
