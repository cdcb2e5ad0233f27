"""Warehouses built from known raw rows: the sample, the same restated, nothing, and a made-up market.

Each is built once per session with the whole project, tests included, and opened read-only. dbt builds the made-up
market, which has rows in every fact; the others play what dbt compiled, as a user's runs do (`test_build_by_change.py`
compares both).
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.build.marts import build
from orchestration.build.parsing import project_folder
from orchestration.build.recording import NOW as RECORDED_NOW
from orchestration.build.recording import Recording, literal, raw_tables
from orchestration.settings import Settings
from tests.once import made_once
from tests.warehouse.made_up_market import load_made_up_market
from tests.warehouse.raw_tables import create_raw_tables, load_sample

PROJECT = Path(__file__).parents[2] / "dbt_project"
NOW = datetime(2025, 5, 12, 6)
"""The instant of the sample run; every warehouse but the restated one is built at it."""


@cache
def _opened(release_file: Path) -> duckdb.DuckDBPyConnection:
    """Open until the process ends: opening takes longer than most queries, and nothing changes a built release.

    Attached, so that tests may open the file with other settings meanwhile.
    """
    connection = duckdb.connect()
    connection.execute(f"attach '{release_file}' as release (read_only)")
    connection.execute("use release")
    return connection


@dataclass(frozen=True)
class Warehouse:
    """A built warehouse: its two files, and of every dbt node by its id the status and the SQL."""

    working_file: Path
    release_file: Path
    statuses: dict[str, str]
    compiled: dict[str, str]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query on the marts (`marts.x`), read-only."""
        return self.execute(query).fetchall()

    def execute(self, query: str) -> duckdb.DuckDBPyConnection:
        """The result of a query on the marts, until the next one."""
        return _opened(self.release_file).execute(query)

    def row(self, query: str) -> tuple[Any, ...]:
        """The one row of a query; anything else is an error."""
        rows = self.rows(query)
        assert len(rows) == 1, f"{len(rows)} rows instead of one: {query}"
        return rows[0]


def build_warehouse(
    folder: Path, fill: Callable[[duckdb.DuckDBPyConnection], None], now: datetime = NOW, by_dbt: bool = False
) -> Warehouse:
    """Fills a working file in `folder` and builds the whole project from it; an error or a failed test raises.

    `by_dbt`: dbt builds it, whether or not there is a recording of the project.
    """
    settings = Settings.load(os.environ | {"WAREHOUSE_HOME": str(folder)})
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("set timezone = 'UTC'")
        create_raw_tables(connection)
        fill(connection)
    results = build(settings, now.replace(tzinfo=UTC), full_refresh=by_dbt)
    broken = [f"{result.unique_id}: {result.message}" for result in results if result.is_failure]
    assert not broken, "\n".join(broken)
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        recording = Recording.load(project_folder(), raw_tables(connection))
    assert recording is not None
    return Warehouse(
        folder / "warehouse.duckdb",
        settings.release_draft,
        statuses={result.unique_id: result.status for result in results},
        compiled={node.unique_id: node.sql.replace(RECORDED_NOW, literal(now)) for node in recording.nodes},
    )


def shared_warehouse(
    factory: pytest.TempPathFactory,
    name: str,
    fill: Callable[[duckdb.DuckDBPyConnection], None],
    now: datetime = NOW,
    by_dbt: bool = False,
) -> Warehouse:
    """A warehouse that all workers of a test session look at."""

    def make(folder: Path) -> None:
        built = build_warehouse(folder, fill, now, by_dbt)
        (folder / "built.json").write_text(json.dumps(asdict(built), default=str), encoding="utf-8")

    built = json.loads((made_once(factory, name, make) / "built.json").read_text(encoding="utf-8"))
    return Warehouse(
        Path(built.pop("working_file")), Path(built.pop("release_file")), built["statuses"], built["compiled"]
    )


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
    return shared_warehouse(tmp_path_factory, "made_up", load_made_up_market, by_dbt=True)


@contextmanager
def copied(warehouse: Warehouse, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Writable copies of the two files, in `folder`, attached as dbt has them: `warehouse` (in use) and `release`."""
    with duckdb.connect() as connection:
        for file, alias in ((warehouse.working_file, "warehouse"), (warehouse.release_file, "release")):
            copy = shutil.copyfile(file, folder / f"{alias}.duckdb")
            connection.execute(f"attach '{copy}' as {alias}")
        connection.execute("use warehouse")
        yield connection


@pytest.fixture
def tampered(sample: Warehouse, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Copies of the sample's two files, to be changed at will."""
    with copied(sample, tmp_path) as connection:
        yield connection
