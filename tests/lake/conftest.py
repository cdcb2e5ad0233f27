"""A lake for each test: one PostgreSQL and one S3 server for all of them, a database and a folder for each."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

from orchestration.lake.settings import Lake
from orchestration.lake.upkeep import init
from tests.lake.s3_server import KEY_ID, SECRET, Door, is_installed, s3_server
from tests.warehouse.postgres_server import INSTALLED, PostgresServer, controlled_postgres

ROOT = Path(__file__).parents[2]
NEEDED = {
    "PostgreSQL": bool(INSTALLED),
    "SeaweedFS": is_installed(),
    "DuckDB's extensions": importlib.util.find_spec("duckdb_extension_ducklake") is not None,
}
ABSENT = f"not on this machine: {', '.join(name for name, is_here in NEEDED.items() if not is_here)}; `make test-lake`"
_numbers = count(1)


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.lake)
            # Where a pipeline selects these tests, what they need is there, or they fail.
            if not all(NEEDED.values()) and "CI" not in os.environ:
                item.add_marker(pytest.mark.skip(reason=ABSENT))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report for report in terminalreporter.getreports("skipped") if ABSENT in str(report.longrepr)]
    if skipped:
        terminalreporter.write_sep("=", "lake")
        terminalreporter.write_line(f"{len(skipped)} tests of the lake were skipped: {ABSENT}")


@dataclass(frozen=True)
class Servers:
    """PostgreSQL, and the door to S3."""

    postgres: PostgresServer
    door: Door


@dataclass(frozen=True)
class Shared:
    """A lake that exists, as one machine sees it. `home` is that machine's."""

    lake: Lake
    servers: Servers
    variables: Mapping[str, str]
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """For a process on this machine."""
        return os.environ | dict(self.variables)

    def worker(self, *words: str) -> "subprocess.Popen[str]":
        """Another machine (`tests.lake.worker`)."""
        command = [sys.executable, "-m", "tests.lake.worker", *words]
        return subprocess.Popen(
            command, env=self.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with controlled_postgres() as postgres, s3_server(tmp_path_factory.mktemp("s3")) as port:
        door = Door(port)
        yield Servers(postgres, door)
        door.close()


@pytest.fixture
def shared(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shared:
    """A new lake on S3, in this process's environment, too."""
    return new_lake(servers, tmp_path, monkeypatch)


@pytest.fixture
def shared_folder(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shared:
    """The same in a folder."""
    (tmp_path / "lake").mkdir()
    return new_lake(servers, tmp_path, monkeypatch, str(tmp_path / "lake"))


def new_lake(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str = "s3://lake/{name}"
) -> Shared:
    name = f"lake{next(_numbers)}"
    with psycopg.connect(servers.postgres.url, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    variables = {
        "WAREHOUSE_LAKE": f"{servers.postgres.url.rpartition('/')[0]}/{name}",
        "WAREHOUSE_LAKE_DATA": data.format(name=name),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{servers.door.port}",
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "WAREHOUSE_HOME": str(tmp_path / "home"),
    }
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    lake = Lake.of(variables)
    assert lake is not None
    init(lake)
    return Shared(lake, servers, variables, tmp_path / "home")
