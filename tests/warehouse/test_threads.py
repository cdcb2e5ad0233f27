"""The same input gives the same release, whatever the number of DuckDB's threads."""

from pathlib import Path

import duckdb
import pytest

from tests.warehouse.conftest import NOW, Warehouse, build_warehouse
from tests.warehouse.made_up_futures import load_many_contracts
from tests.warehouse.raw_tables import load_sample

pytestmark = pytest.mark.slow


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """The sample, and enough contracts and days that DuckDB adds them up in several threads."""
    load_sample(connection, NOW)
    load_many_contracts(connection)


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, Warehouse]:
    """The same raw rows built with one thread and with four."""

    def built(threads: str) -> Warehouse:
        folder: Path = tmp_path_factory.mktemp(f"threads_{threads}")
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("DUCKDB_THREADS", threads)
            return build_warehouse(folder, fill)

    return built("1"), built("4")


def test_one_thread_and_four_threads_build_the_same_rows(builds: tuple[Warehouse, Warehouse]) -> None:
    differing: dict[str, int] = {}
    with duckdb.connect() as connection:
        for name, build in zip(("one", "four"), builds, strict=True):
            connection.execute(f"attach '{build.release_file}' as {name} (read_only)")
        tables = [
            str(table)
            for (table,) in connection.execute(
                "select table_name from duckdb_tables() where database_name = 'one' and schema_name = 'marts'"
            ).fetchall()
        ]
        for table in tables:
            count = connection.execute(
                f"select count(*) from (from one.marts.{table} except all from four.marts.{table} "
                f"union all (from four.marts.{table} except all from one.marts.{table}))"
            ).fetchone()
            differing[table] = count[0] if count else -1
    assert {"fct_daily_derivatives", "rpt_records", "rpt_claims"} <= differing.keys()
    assert {table: count for table, count in differing.items() if count} == {}


def test_the_contracts_are_many_enough_to_tell(builds: tuple[Warehouse, Warehouse]) -> None:
    """Added up in no order, the same rates differ in their last digits between two numbers of threads."""
    (query,) = [
        sql.replace("list_sort(list({", "(list({")
        for name, sql in builds[1].compiled.items()
        if name.endswith(".int_derivative_figures")
    ]
    sums = set()
    # On a busy machine one of the four threads may do all the work, as if it were alone.
    for threads in (1, *[4] * 20):
        with duckdb.connect(str(builds[1].working_file), read_only=True) as connection:
            connection.execute(f"set timezone = 'UTC'; set threads = {threads}")
            connection.execute(f"attach '{builds[1].release_file}' as release (read_only)")
            sums.add(connection.execute(f"select sum(hash(figures)::hugeint) from ({query}) as figures").fetchall()[0])
        if len(sums) > 1:
            return
    raise AssertionError("the sum is the same in any order")
