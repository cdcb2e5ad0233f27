"""Models of much volume on a Spark cluster of two workers: the rows are DuckDB's to the last digit.

In a folder and on S3, and when a worker, or all of them, die in the middle of a build.
"""

import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

import duckdb
import pytest

from bench.spark_cluster import spark_cluster
from orchestration.build.marts import build
from orchestration.lake.moving import import_home
from orchestration.lake.objects import Objects
from orchestration.lake.settings import Lake
from orchestration.lake.spark import cluster
from orchestration.lake.spark.cluster import Cluster
from orchestration.lake.spark.translate import Translated, view_name
from orchestration.settings import Settings
from tests.lake import hadoop_s3
from tests.lake.conftest import ROOT, Shared
from tests.lake.made_up_volume import fill

MODELS = {
    "warehouse": [
        "staging.stg_binance__hourly_klines_versions",
        "staging.stg_gate__hourly_contract_stats_versions",
        "intermediate.int_liquidation_events",
        "intermediate.int_reported_liquidations",
    ],
    "release": [
        "marts.fct_liquidation_events",
        "marts.fct_hourly_prices",
        "marts.fct_rolling_24h",
        "marts.fct_daily_records",
    ],
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not hadoop_s3.is_installed(), reason=hadoop_s3.ABSENT),
]


@dataclass(frozen=True)
class Source:
    """A home with raw rows, the instant at which all of them are known, and what DuckDB makes of them."""

    home: Path
    now: datetime
    files: dict[str, Path]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("source")
    now = fill(folder).replace(tzinfo=UTC)
    with pytest.MonkeyPatch.context() as variables:
        # A home's build writes into its working file.
        variables.setenv("WAREHOUSE_HOME", str(shutil.copytree(folder, tmp_path_factory.mktemp("home") / "copy")))
        files, warnings = built(now, tmp_path_factory.mktemp("duckdb"))
    assert warnings == []
    return Source(folder, now, files)


def built(now: datetime, kept: Path) -> tuple[dict[str, Path], list[str]]:
    """Build what the models need, and the models; keep both files. Returns them with the warnings.

    Tests are of a whole build.
    """
    settings = Settings.load()
    names = [name.partition(".")[2] for names in MODELS.values() for name in names]
    selected = [f"+{name},resource_type:{kind}" for name in names for kind in ("model", "seed")]
    warnings: list[str] = []
    results = build(settings, now, select=[*selected, "--indirect-selection", "empty"], warn=warnings.append)
    print(*warnings, sep="\n")
    assert [f"{one.unique_id}: {one.message}" for one in results if one.is_failure] == []
    files = {"warehouse": settings.build_file, "release": settings.release_draft}
    return {name: file.rename(kept / f"{name}.duckdb") for name, file in files.items()}, warnings


def assert_equal(here: dict[str, Path], there: dict[str, Path]) -> None:
    with duckdb.connect() as connection:
        for database, names in MODELS.items():
            connection.execute(f"attach '{here[database]}' as here (read_only)")
            connection.execute(f"attach '{there[database]}' as there (read_only)")
            for name in names:
                # A mart has its rows in the same places, too.
                columns = "rowid, *" if database == "release" else "*"
                ours, theirs = f"select {columns} from here.{name}", f"select {columns} from there.{name}"
                both = f"({ours} except all {theirs}) union all ({theirs} except all {ours})"
                counted = f"select (select count(*) from here.{name}), (select count(*) from ({both}))"
                ((rows, different),) = connection.execute(counted).fetchall()
                print(f"{name}: {rows:,} rows, {different} different")
                assert rows > 0, name
                assert different == 0, name
            connection.execute("detach here; detach there")


def built_on_spark(
    lake: Lake, source: Source, folder: Path, monkeypatch: pytest.MonkeyPatch, killed: int, model: str
) -> list[str]:
    """Build from a new lake with the rows of `source`, and compare. Returns the warnings.

    `killed`: so many of the two workers die in the middle of `model`.
    """
    import_home(lake, source.home, lambda sentence: None)
    for name in ("cluster", "spark"):
        (folder / name).mkdir()
    with spark_cluster(folder / "cluster", hadoop_s3.settings()) as running:
        for name, value in running.variables.items():
            monkeypatch.setenv(name, value)
        with killed_in(model, running.workers[:killed], monkeypatch):
            files, warnings = built(source.now, folder / "spark")
    assert_equal(source.files, files)
    assert list(Objects(lake, "spark").names()) == [], "what was handed over is deleted"
    return warnings


@contextmanager
def killed_in(model: str, workers: list["Popen[bytes]"], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kill these workers as soon as both that there are compute a part of a model, which they must within this."""
    write, happened = Cluster.write, threading.Event()

    def kill() -> None:
        from pyspark import SparkContext

        tracker = SparkContext.getOrCreate().statusTracker()
        while not happened.is_set():
            stages = [tracker.getStageInfo(number) for number in tracker.getActiveStageIds()]
            if sum(stage.numActiveTasks for stage in stages if stage is not None) == 2:
                for worker in workers:
                    worker.kill()
                happened.set()
            time.sleep(0.01)

    def write_and_kill(self: Cluster, name: str, translated: Translated) -> str:
        if name == view_name(*model.split(".")):
            threading.Thread(target=kill, daemon=True).start()
        return write(self, name, translated)

    monkeypatch.setattr(Cluster, "write", write_and_kill)
    yield
    assert happened.is_set(), f"both workers computed a part of {model}"


def test_every_model_of_volume_has_the_same_rows_on_spark(
    shared: Shared, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert built_on_spark(shared.lake, source, tmp_path, monkeypatch, 0, "intermediate.int_liquidation_events") == []


def test_a_build_goes_on_where_a_worker_dies(
    shared_folder: Shared, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder, up to then with both workers."""
    assert built_on_spark(shared_folder.lake, source, tmp_path, monkeypatch, 1, "marts.fct_rolling_24h") == []


def test_duckdb_builds_where_all_workers_die(
    shared: Shared, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "WORKERLESS_SECONDS", 5.0)
    model = "intermediate.int_liquidation_events"
    (warning,) = built_on_spark(shared.lake, source, tmp_path, monkeypatch, 2, model)
    assert re.sub(r":\d+ ", ":7077 ", warning) == (
        f"DuckDB computes {model} and the models of much volume after it, because spark://127.0.0.1:7077 had no worker "
        f"for 5 s while it computed {view_name(*model.split('.'))}: start workers with free cores and memory, or leave "
        "WAREHOUSE_SPARK empty"
    )


def test_the_list_of_models_is_the_projects() -> None:
    marked = {
        path.stem for path in (ROOT / "dbt_project" / "models").rglob("*.sql") if '"volume": true' in path.read_text()
    }
    assert marked == {name.partition(".")[2] for names in MODELS.values() for name in names}
