"""Warehouses that dbt built from known raw rows: the sample, the same restated, nothing, and a made-up market.

Each is built once per session with the whole project, tests included, and opened read-only.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from orchestration.build.invocation import LOG, dbt_environment
from orchestration.build.parsing import parsed_project
from tests.once import made_once
from tests.warehouse.made_up_market import load_made_up_market
from tests.warehouse.raw_tables import create_raw_tables, load_sample

PROJECT = Path(__file__).parents[2] / "dbt_project"
NOW = datetime(2025, 5, 12, 6)
"""The instant of the sample run; every warehouse but the restated one is built at it."""


@dataclass(frozen=True)
class Warehouse:
    """A built warehouse: its two files, and of every dbt node by its id the status and the SQL."""

    working_file: Path
    release_file: Path
    statuses: dict[str, str]
    compiled: dict[str, str]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query on the marts (`marts.x`), read-only."""
        with duckdb.connect(str(self.release_file), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def row(self, query: str) -> tuple[Any, ...]:
        """The one row of a query; anything else is an error."""
        rows = self.rows(query)
        assert len(rows) == 1, f"{len(rows)} rows instead of one: {query}"
        return rows[0]


def build_warehouse(folder: Path, fill: Callable[[duckdb.DuckDBPyConnection], None], now: datetime = NOW) -> Warehouse:
    """Fills a working file in `folder` and runs the whole dbt project on it; an error or a failed test raises."""
    working_file, release_file = folder / "warehouse.duckdb", folder / "crypto_market.duckdb"
    with duckdb.connect(str(working_file)) as connection:
        connection.execute("set timezone = 'UTC'")
        create_raw_tables(connection)
        fill(connection)
    files = {"WAREHOUSE_FILE": str(working_file), "WAREHOUSE_RELEASE_FILE": str(release_file)}
    with dbt_environment(files):
        outcome = dbtRunner(parsed_project()).invoke(
            [
                *("build", "--exclude-resource-type", "unit_test", "--no-write-json", *LOG),
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
                *("--vars", f'{{now: "{now}"}}'),
            ]
        )
        # dbt keeps its DuckDB instance open, and a second door with other settings doesn't open.
        DuckDBConnectionManager.close_all_connections()
    if outcome.exception is not None:
        raise outcome.exception
    results = outcome.result.results
    broken = [f"{result.node.unique_id}: {result.message}" for result in results if result.status in ("error", "fail")]
    assert not broken, "\n".join(broken)
    return Warehouse(
        working_file,
        release_file,
        statuses={result.node.unique_id: str(result.status) for result in results},
        compiled={result.node.unique_id: getattr(result.node, "compiled_code", None) or "" for result in results},
    )


def shared_warehouse(
    factory: pytest.TempPathFactory, name: str, fill: Callable[[duckdb.DuckDBPyConnection], None], now: datetime = NOW
) -> Warehouse:
    """A warehouse that all workers of a test session look at."""

    def make(folder: Path) -> None:
        built = build_warehouse(folder, fill, now)
        told = {"statuses": built.statuses, "compiled": built.compiled}
        (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")

    folder = made_once(factory, name, make)
    told = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    return Warehouse(folder / "warehouse.duckdb", folder / "crypto_market.duckdb", **told)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The bundled sample as seen on 2025-05-12."""
    return shared_warehouse(tmp_path_factory, "sample", lambda connection: load_sample(connection, NOW))


@pytest.fixture(scope="session")
def restated(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The bundled sample as seen on 2025-08-29, after two restatements of its liquidations."""
    later = datetime(2025, 8, 29, 6)
    return shared_warehouse(tmp_path_factory, "restated", lambda con: load_sample(con, later), later)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Every source skipped: all raw tables exist and hold nothing."""
    return shared_warehouse(tmp_path_factory, "empty", lambda connection: None)


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A few days of every awkward case, see `made_up_market`."""
    return shared_warehouse(tmp_path_factory, "made_up", load_made_up_market)


@pytest.fixture
def tampered(sample: Warehouse, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Writable copies of the sample's two files, attached as dbt has them: `warehouse` (in use) and `release`."""
    with ExitStack() as stack:
        connection = stack.enter_context(duckdb.connect())
        for file, alias in ((sample.working_file, "warehouse"), (sample.release_file, "release")):
            copy = tmp_path / f"{alias}.duckdb"
            copy.write_bytes(file.read_bytes())
            connection.execute(f"attach '{copy}' as {alias}")
        connection.execute("use warehouse")
        yield connection
