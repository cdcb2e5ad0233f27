"""Models of much volume on a Spark cluster: the rows are DuckDB's, to the last digit."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psycopg
import pytest

from bench.spark_cluster import is_installed, spark_cluster
from orchestration.build.marts import build
from orchestration.lake.moving import import_home
from orchestration.lake.settings import Lake
from orchestration.lake.spark.cluster import Cluster, ClusterUnusable, check
from orchestration.lake.spark.hand_over import HandOver, handing_over
from orchestration.lake.spark.translate import translate
from orchestration.lake.upkeep import init
from orchestration.settings import Settings
from tests.lake.conftest import ROOT
from tests.lake.made_up_volume import EVENTS, fill
from tests.pipeline.processes import free_port
from tests.warehouse.postgres_server import controlled_postgres

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
    pytest.mark.skipif(not is_installed(), reason="not on this machine: pyspark, Java; `make test-spark`"),
]


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    """A lake in a folder: Debian and PyPI have no driver for S3 in Spark."""
    with controlled_postgres() as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("create database lake")
        monkeypatch.setenv("WAREHOUSE_LAKE", f"{server.url.rpartition('/')[0]}/lake")
        monkeypatch.setenv("WAREHOUSE_LAKE_DATA", str(tmp_path / "lake"))
        monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "home"))
        (tmp_path / "lake").mkdir()
        found = Settings.load().lake
        assert found is not None
        init(found)
        yield found


def built(now: datetime, kept: Path) -> dict[str, Path]:
    """Build what the models need, and the models; keep both files. Tests are of a whole build."""
    settings = Settings.load()
    names = [name.partition(".")[2] for names in MODELS.values() for name in names]
    selected = [f"+{name},resource_type:{kind}" for name in names for kind in ("model", "seed")]
    results = build(settings, now, select=[*selected, "--indirect-selection", "empty"])
    assert [f"{one.unique_id}: {one.message}" for one in results if one.is_failure] == []
    kept.mkdir()
    files = {"warehouse": settings.build_file, "release": settings.release_draft}
    return {name: file.rename(kept / f"{name}.duckdb") for name, file in files.items()}


def test_every_model_of_volume_has_the_same_rows_on_spark(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "source").mkdir()
    now = fill(tmp_path / "source").replace(tzinfo=UTC)
    import_home(lake, tmp_path / "source", lambda sentence: None)
    here = built(now, tmp_path / "duckdb")
    (tmp_path / "cluster").mkdir()
    with spark_cluster(tmp_path / "cluster") as running:
        for name, value in running.variables.items():
            monkeypatch.setenv(name, value)
        there = built(now, tmp_path / "spark")
    assert list((tmp_path / "lake" / "spark").iterdir()) == [], "what was handed over is deleted"
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


SCHEMAS = {"raw__numbers": {"n": "BIGINT"}}
SUM = "select sum(n) as total from raw.numbers"


def test_a_cluster_goes_on_without_a_worker_and_ends_without_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = str(tmp_path / "numbers.parquet")
    duckdb.execute(f"copy (select n from range(1000) as numbers (n)) to '{numbers}'")
    (tmp_path / "cluster").mkdir()
    with spark_cluster(tmp_path / "cluster") as running:
        for name, value in running.variables.items():
            monkeypatch.setenv(name, value)
        cluster = Cluster(running.address, f"{tmp_path}/made/", workerless_seconds=15)
        try:
            cluster.read("raw__numbers", [numbers], SCHEMAS["raw__numbers"])
            for name in ("with_both", "with_one"):
                written = cluster.write(name, translate(SUM, SCHEMAS))
                assert duckdb.execute(f"from '{written}/*.parquet'").fetchall() == [(499_500,)]
                running.workers.pop().kill()
            with pytest.raises(ClusterUnusable, match=r"had no worker for 15 s while it computed with_none: start"):
                cluster.write("with_none", translate(SUM, SCHEMAS))
        finally:
            cluster.close()
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("address", ["yarn", "spark://", "spark://host:port", "127.0.0.1:7077"])
def test_an_address_that_is_none_is_reported(address: str) -> None:
    with pytest.raises(ClusterUnusable, match="not an address such as spark://host:7077"):
        check(address)


def test_a_build_with_an_address_that_is_none_ends_before_it_begins(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_SPARK", "yarn")
    with pytest.raises(ClusterUnusable, match="not an address such as spark://host:7077"):
        build(Settings.load(), datetime(2025, 1, 1, tzinfo=UTC))


def test_without_a_master_duckdb_builds_with_a_warning(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "source").mkdir()
    now = fill(tmp_path / "source").replace(tzinfo=UTC)
    import_home(lake, tmp_path / "source", lambda sentence: None)
    monkeypatch.setenv("WAREHOUSE_SPARK", nobody())
    warnings: list[str] = []
    settings = Settings.load()
    select = ["+int_liquidation_events", "--exclude-resource-type", "test"]
    results = build(settings, now, select=select, warn=warnings.append)
    assert [f"{one.unique_id}: {one.message}" for one in results if one.is_failure] == []
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        ((rows,),) = connection.execute("select count(*) from intermediate.int_liquidation_events").fetchall()
    assert rows > EVENTS
    assert [re.sub(r":\d+:", ":7077:", sentence) for sentence in warnings] == [
        "DuckDB computes intermediate.int_liquidation_events and the models of much volume after it, because no Spark "
        "master responds at spark://127.0.0.1:7077: start it, correct WAREHOUSE_SPARK, or leave WAREHOUSE_SPARK empty"
    ]


def test_what_has_no_translation_is_left_to_duckdb_and_the_rest_is_not(tmp_path: Path) -> None:
    lake = Lake.of({"WAREHOUSE_LAKE": "postgresql://a:b@127.0.0.1/c", "WAREHOUSE_LAKE_DATA": str(tmp_path)})
    assert lake is not None
    untranslatable = "select string_agg(word, ',') as words from (select 'a' as word)"
    plain = "select 1 as n"
    warnings: list[str] = []
    with duckdb.connect() as connection, handing_over(warnings.append):
        hand_over = HandOver(connection, lake, None, nobody())
        assert hand_over.make("marts", "first", untranslatable) == untranslatable
        assert hand_over.make("marts", "second", plain) == plain
        assert hand_over.make("marts", "third", plain) == plain
    first, second = warnings
    assert first.startswith("DuckDB computes marts.first, which has no translation to Spark: ")
    assert second.startswith("DuckDB computes marts.second and the models of much volume after it, because no Spark")


def nobody() -> str:
    """The address of a master that does not exist."""
    return f"spark://127.0.0.1:{free_port()}"


def test_a_master_that_speaks_another_version_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a master of another Spark does, this one ends every connection at its first words."""
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            with suppress(OSError):
                while True:
                    listener.accept()[0].close()

        threading.Thread(target=refuse, daemon=True).start()
        address = f"spark://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(ClusterUnusable, match=r"does not accept PySpark 4.3.0: .* must be of one version"):
            Cluster(address, f"{tmp_path}/")


def test_the_list_of_models_is_the_projects() -> None:
    marked = {
        path.stem for path in (ROOT / "dbt_project" / "models").rglob("*.sql") if '"volume": true' in path.read_text()
    }
    assert marked == {name.partition(".")[2] for names in MODELS.values() for name in names}
