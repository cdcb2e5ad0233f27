"""A backfill from Dagster's UI on two workers of a lake: raw holds the rows that one worker would have stored.

The configuration is that of `deploy/compose.lake.yaml`, without its containers: two code servers with a home each,
Dagster's daemon with its queue, its records in PostgreSQL. The market is the full sample, so archive files are zips of
months and of days, and there are rows of every kind: bars, events from requests, files and streams, revised flows,
rejected records.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import duckdb
import psycopg
import pytest

from orchestration.defs.instance import dagster_instance
from orchestration.lake.attach import NAME, attach
from orchestration.lake.upkeep import leases_of
from orchestration.settings import Settings
from orchestration.sources.shared.registry import datasets
from tests.lake.conftest import ROOT, Shared
from tests.pipeline.processes import free_port
from tests.pipeline.test_deployed import running, wait_until
from tests.warehouse.postgres_server import PASSWORD

if TYPE_CHECKING:
    from dagster import DagsterInstance
    from dagster._core.storage.dagster_run import RunRecord

MONTHS = ["2024-09-01", "2024-10-01", "2024-11-01", "2025-05-01"]
"""Binance's files of liquidations end in October, its others begin in November; hours and streams are of May."""
SOURCES = [
    "aster_stream",
    "binance_archive",
    "binance_archive_coinm",
    "binance_archive_futures",
    "bitfinex",
    "bitget_stream",
    "bybit",
    "coinalyze",
    "farside",
    "okx_futures",
]
CONFIG = {
    "loggers": {"console": {"config": {"is_quiet": True}}},
    "ops": {"fetch_month": {"config": {"only": SOURCES}}},
    "resources": {"run_context": {"config": {"source": "sample-full"}}},
}
WAIT_SECONDS = 600
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

ONE_WORKER = """
import json, sys
from orchestration.definitions import defs
from orchestration.defs.instance import dagster_instance
from orchestration.settings import Settings
with dagster_instance(Settings.load()) as instance:
    for month in sys.argv[2:]:
        defs.resolve_job_def("backfill").execute_in_process(
            instance=instance, partition_key=month, run_config=json.loads(sys.argv[1])
        )
"""
LAUNCH = """
mutation($p: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $p) { __typename ... on PythonError { message } }
}
"""


@dataclass(frozen=True)
class Workers:
    """Two running code servers, and the daemon. `instance` reads Dagster's records."""

    instance: "DagsterInstance"
    environment: dict[str, str]
    ports: tuple[int, int]
    folder: Path

    def backfill(self, months: list[str]) -> "list[RunRecord]":
        """Launch a run for each month, as the UI does; returns the runs when all have ended."""
        selector = {"repositoryName": "__repository__", "repositoryLocationName": "warehouse"}
        parameters = {
            "selector": {"partitionSetName": "backfill_partition_set", "repositorySelector": selector},
            "partitionNames": months,
            "runConfigData": CONFIG,
        }
        words = ["-w", str(self.folder / "workspace.yaml"), "-t", LAUNCH, "-v", json.dumps({"p": parameters})]
        launched = subprocess.run(
            [program("dagster-graphql"), *words], env=self.environment, cwd=ROOT, capture_output=True, text=True
        )
        assert '"LaunchBackfillSuccess"' in launched.stdout, launched.stdout + launched.stderr[-3000:]
        wait_until(lambda: self.ended() == len(months), WAIT_SECONDS, self.folder)
        return list(self.instance.get_run_records())

    def ended(self) -> int:
        return sum(run.is_finished for run in self.instance.get_runs())


def program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


@contextmanager
def workers(shared: Shared, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """What compose.lake.yaml starts for a backfill, in its order."""
    with psycopg.connect(shared.servers.postgres.url, autocommit=True) as connection:
        connection.execute("create database dagster")
    ports = (free_port(), free_port())
    workspace = (ROOT / "deploy" / "dagster" / "workspace.yaml").read_text()
    (folder / "workspace.yaml").write_text(workspace.replace("port: 4000", f"port: {ports[0]}"))
    variables = {
        "DAGSTER_POSTGRES_HOST": "127.0.0.1",
        "DAGSTER_POSTGRES_PORT": str(urlsplit(shared.servers.postgres.url).port),
        "DAGSTER_POSTGRES_USER": "analyst",
        "DAGSTER_POSTGRES_PASSWORD": PASSWORD,
        "DAGSTER_POSTGRES_DB": "dagster",
        "DAGSTER_LOCAL_FOLDER": str(folder / "dagster"),
        "DAGSTER_HOME": str(ROOT / "deploy" / "dagster" / "lake"),
        "WAREHOUSE_CODE_HOST": "127.0.0.1",
        "WAREHOUSE_CODE_SERVERS": ",".join(f"127.0.0.1:{port}" for port in ports),
        "WAREHOUSE_DAGSTER_HOME": str(ROOT / "deploy" / "dagster" / "lake"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    environment = shared.environment | variables
    with ExitStack() as stack:
        instance = stack.enter_context(dagster_instance(Settings.load()))
        for number, port in enumerate(ports, 1):
            words = ["api", "grpc", "-h", "127.0.0.1", "-p", str(port), "-m", "orchestration.definitions"]
            own = environment | {"WAREHOUSE_HOME": str(folder / f"home{number}")}
            stack.enter_context(running([program("dagster"), *words], own, folder / f"worker{number}.log"))
        for port in ports:
            wait_until(partial(is_well, port, environment), WAIT_SECONDS, folder, pause=3)
        command = [program("dagster-daemon"), "run", "-w", str(folder / "workspace.yaml")]
        stack.enter_context(running(command, environment, folder / "daemon.log"))
        yield Workers(instance, environment, ports, folder)


def is_well(port: int, environment: dict[str, str]) -> bool:
    check = [program("dagster"), "api", "grpc-health-check", "-p", str(port)]
    return subprocess.run(check, env=environment, capture_output=True, cwd=ROOT).returncode == 0


def of_one_worker(home: Path) -> Path:
    """The file with what one process stores, a month after the other."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WAREHOUSE_")}
    command = [sys.executable, "-c", ONE_WORKER, json.dumps(CONFIG), *MONTHS]
    done = subprocess.run(
        command, env=environment | {"WAREHOUSE_HOME": str(home)}, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return home / "warehouse.duckdb"


def compared(shared: Shared, file: Path) -> dict[str, tuple[int, list[tuple[object, ...]]]]:
    """Per raw table, the number of its rows in the file, and some that only one of the two has."""
    with duckdb.connect() as connection:
        attach(connection, shared.lake)
        connection.execute(f"attach '{file}' as one (read_only)")
        columns = connection.execute(
            "select table_name, string_agg('\"' || column_name || '\"', ', ' order by column_name) "
            "from duckdb_columns() where database_name = 'one' and schema_name = 'raw' "
            # The same bits in another type: `orchestration.lake.turns.hash_in_store`. And `extractions` tells how the
            # month went that ended last.
            "and column_name not in ('fetched_at', 'outcome', 'message') group by all order by all"
        ).fetchall()
        found = {}
        for table, listed in columns:
            here, there = f"select {listed} from one.raw.{table}", f"select {listed} from {NAME}.raw.{table}"
            both = f"({here} except all {there}) union all ({there} except all {here})"
            ((count,),) = connection.execute(f"select count(*) from ({here})").fetchall()
            found[table] = (count, connection.execute(f"select * from ({both}) limit 5").fetchall())
    return found


def test_months_on_two_workers_make_the_raw_of_one(
    shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workers(shared, tmp_path, monkeypatch) as running_workers:
        records = running_workers.backfill(MONTHS)
    assert {record.dagster_run.tags["dagster/partition"] for record in records} == set(MONTHS)
    assert {record.dagster_run.status.value for record in records} == {"SUCCESS"}
    executed = {json.loads(record.dagster_run.tags[".dagster/grpc_info"])["port"] for record in records}
    assert executed == set(running_workers.ports)
    first, second = sorted((record.start_time or 0, record.end_time or 0) for record in records)[:2]
    assert second[0] < first[1], "two months at a time"
    assert leases_of(shared.lake) == []
    tables = compared(shared, of_one_worker(tmp_path / "one"))
    loaded = {dataset.table for dataset in datasets() if dataset.provider.name in SOURCES} | {"rejected_records"}
    assert {table for table in loaded if tables[table][0] == 0} == set()
    assert {table: different for table, (_, different) in tables.items() if different} == {}
