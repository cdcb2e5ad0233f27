"""`warehouse run` on a lake, also while its servers go away for a moment: the release is that of a home with a file."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import duckdb
import psycopg
import pytest

from orchestration.build.marts import build
from orchestration.cli.exit_codes import Status
from orchestration.cli.supervision import ABORTED
from orchestration.lake.objects import Objects
from orchestration.lake.upkeep import leases_of
from orchestration.raw.working_file import connect
from orchestration.settings import SAMPLE_NOW, Settings
from tests.lake.conftest import ROOT, Shared
from tests.lake.s3_server import SECRET
from tests.warehouse.postgres_server import PASSWORD, URL_PASSWORD

RUN_SECONDS = 500
AWAY_SECONDS = 3
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def command(*words: str) -> list[str]:
    return [str(Path(sys.executable).with_name("warehouse")), *words]


def started_run(environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command("run", "--source", "sample"),
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def started_run_with_a_file(home: Path) -> "subprocess.Popen[str]":
    """A run of the sample in a home of its own, without a lake."""
    lake = ("WAREHOUSE_LAKE", "WAREHOUSE_LAKE_DATA")
    environment = {name: value for name, value in os.environ.items() if name not in lake}
    return started_run(environment | {"WAREHOUSE_HOME": str(home)})


def release_of(process: "subprocess.Popen[str]", home: Path) -> Path:
    """What the run published, which must end well."""
    output, _ = process.communicate(timeout=RUN_SECONDS)
    assert process.returncode == 0, output[-4000:]
    return home / "published" / "crypto_market.duckdb"


def run_through_outages(shared: Shared) -> str:
    """Everything that a run on the lake prints, while PostgreSQL, then S3 are away for a moment."""
    process = started_run(shared.environment)
    until = time.monotonic() + RUN_SECONDS
    while not leases_of(shared.lake):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.3)
    for away, back in (
        (shared.servers.postgres.stop, shared.servers.postgres.start),
        (shared.servers.door.shut, shared.servers.door.open),
    ):
        time.sleep(2)
        away()
        time.sleep(AWAY_SECONDS)
        back()
    output, _ = process.communicate(timeout=RUN_SECONDS)
    if process.returncode == Status.WRONG_USE and ABORTED in output:
        # DuckDB's own: a destructor that finds its connection gone. The next run resumes this one.
        again = subprocess.run(
            command("run", "--source", "sample"), env=shared.environment, cwd=ROOT, capture_output=True, text=True
        )
        assert again.returncode == 0, again.stdout[-2000:] + again.stderr[-2000:]
        return output + again.stdout + again.stderr
    assert process.returncode == 0, output[-4000:]
    return output


def differences(one: Path, other: Path) -> dict[str, int]:
    """Per mart, the rows that are in one of the files only."""
    with duckdb.connect() as connection:
        for name, file in (("one", one), ("other", other)):
            connection.execute(f"attach '{file}' as {name} (read_only)")
        names = "select table_name from duckdb_tables() where database_name = ? and schema_name = 'marts' order by 1"
        marts = connection.execute(names, ["one"]).fetchall()
        assert marts == connection.execute(names, ["other"]).fetchall()
        assert len(marts) > 40
        found = {}
        for (mart,) in marts:
            both = f"(from one.marts.{mart} except all from other.marts.{mart}) union all " + (
                f"(from other.marts.{mart} except all from one.marts.{mart})"
            )
            found[mart] = connection.execute(f"select count(*) from ({both})").fetchall()[0][0]
    return {mart: count for mart, count in found.items() if count}


def files_with(folder: Path, secrets: tuple[str, ...]) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and any(secret.encode() in path.read_bytes() for secret in secrets)
    ]


def test_a_run_on_a_lake_publishes_what_a_run_with_a_file_does(shared: Shared, tmp_path: Path) -> None:
    with_a_file = started_run_with_a_file(tmp_path / "file")
    on_the_lake = release_of(started_run(shared.environment), shared.home)
    assert differences(on_the_lake, release_of(with_a_file, tmp_path / "file")) == {}


def test_a_run_through_outages_publishes_what_a_run_with_a_file_does(
    shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = run_through_outages(shared)
    mine = shared.home / "published" / "crypto_market.duckdb"
    assert differences(mine, release_of(started_run_with_a_file(tmp_path / "file"), tmp_path / "file")) == {}

    # One thread and four make the same of the snapshot that the release names.
    snapshot = json.loads((shared.home / "published" / "manifest.json").read_text())["lake_snapshot"]
    for threads in ("1", "4"):
        monkeypatch.setenv("DUCKDB_THREADS", threads)
        settings = Settings.load()
        results = build(settings, SAMPLE_NOW)
        assert [result.unique_id for result in results if result.is_failure] == []
        assert differences(mine, settings.release_draft) == {}
        assert (settings.build_file.with_name("lake_snapshot")).read_text() == f"{snapshot}\n"

    # The release in the lake, read as any reader would.
    pointer = json.loads(Objects(shared.lake, "release").get("current.json") or b"")
    assert pointer["version"] == mine.resolve().parent.name
    with connect(shared.lake, read_only=True) as connection:
        file = f"{shared.lake.data}{pointer['path']}parquet/fct_daily_prices/fct_daily_prices.parquet"
        (count,) = connection.execute("select count(*) from read_parquet(?)", [file]).fetchall()[0]
    with duckdb.connect(str(mine), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.fct_daily_prices").fetchall() == [(count,)]

    secrets = (SECRET, PASSWORD, URL_PASSWORD)
    assert not any(secret in printed for secret in secrets)
    assert files_with(shared.home, secrets) == []
    assert rows_of_postgres_with(shared.variables["WAREHOUSE_LAKE"], secrets) == []


def rows_of_postgres_with(url: str, secrets: tuple[str, ...]) -> list[str]:
    """The tables of the catalogue that hold a secret."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select format('%I.%I', table_schema, table_name) from information_schema.tables "
            "where table_schema in ('warehouse', 'warehouse_lake')"
        ).fetchall()
        held = [name for (name,) in tables]
        texts = {name: str(connection.execute(f"select t::text from {name} t".encode()).fetchall()) for name in held}
    return [name for name, text in texts.items() if any(secret in text for secret in secrets)]
