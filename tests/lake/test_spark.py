"""What a Spark cluster does that can't be used, or stops: DuckDB computes instead, with a warning that says why."""

import os
import re
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from bench.spark_cluster import DEFAULTS, spark_cluster
from orchestration.build.marts import build
from orchestration.lake.moving import import_home
from orchestration.lake.release import share
from orchestration.lake.settings import Lake
from orchestration.lake.spark.cluster import Cluster, ClusterUnusable, check
from orchestration.lake.spark.hand_over import HandOver, handing_over
from orchestration.lake.spark.translate import translate
from orchestration.settings import Settings
from tests.lake import hadoop_s3
from tests.lake.conftest import Shared
from tests.lake.made_up_volume import EVENTS, fill
from tests.lake.s3_server import KEY_ID, SECRET
from tests.lake.test_upkeep import release
from tests.pipeline.processes import free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not hadoop_s3.is_installed(), reason=hadoop_s3.ABSENT),
]


@pytest.fixture
def lake(shared_folder: Shared) -> Lake:
    return shared_folder.lake


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
        monkeypatch.setattr("orchestration.lake.spark.cluster.WORKERLESS_SECONDS", 15.0)
        cluster = Cluster(running.address, f"{tmp_path}/made/")
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


def test_a_lake_on_s3_needs_a_driver_and_logins_of_its_own(
    shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one of them DuckDB computes, and the warning says what is missing. No login is handed over or logged."""
    machines = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    warnings: list[str] = []
    sent: dict[str, str] = {}

    def hand_over(settings: str) -> None:
        from pyspark import SparkContext

        (tmp_path / "spark-defaults.conf").write_text(DEFAULTS + settings)
        with duckdb.connect() as connection, handing_over(warnings.append):
            made = HandOver(connection, shared.lake, None, running.address).make("marts", "numbers", "select 1 as n")
            if context := SparkContext._active_spark_context:
                sent.update(context._jsc.hadoopConfiguration().getPropsWithPrefix("fs."))
        assert made == "select 1 as n"

    with spark_cluster(tmp_path, environment=machines) as running:
        for name, value in running.variables.items():
            monkeypatch.setenv(name, value)
        hand_over("")
        hand_over(hadoop_s3.settings())
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
        hand_over(hadoop_s3.settings())
    print(*warnings, sep="\n")
    without_driver, without_their_login, with_a_wrong_login = warnings
    assert "ClassNotFoundException: Class org.apache.hadoop.fs.s3a.S3AFileSystem not found" in without_driver
    assert "Unable to load AWS credentials from environment variables" in without_their_login
    assert "Status Code: 403" in with_a_wrong_login
    written = [file.read_text(errors="replace") for file in tmp_path.rglob("*") if file.is_file()]
    assert "s3a.endpoint" in sent
    assert not any(login in text for text in [*warnings, *written, *sent.values()] for login in (KEY_ID, SECRET))


READ = """
import sys
from pyspark.sql import SparkSession

for row in SparkSession.builder.master("local[1]").getOrCreate().read.parquet(sys.argv[1]).collect():
    print(*row)
"""


def test_spark_reads_a_release_on_s3(shared: Shared, tmp_path: Path) -> None:
    assert share(shared.lake, release(tmp_path, "b", "2025-05-12T06:00:00+00:00"))
    endpoint = f"spark.hadoop.fs.s3a.endpoint {shared.variables['AWS_ENDPOINT_URL']}\n"
    path_style = "spark.hadoop.fs.s3a.path.style.access true\n"
    (tmp_path / "spark-defaults.conf").write_text(DEFAULTS + hadoop_s3.settings() + endpoint + path_style)
    folder = f"{shared.lake.data.replace('s3://', 's3a://')}release/b/parquet/fct"
    finished = subprocess.run(
        [sys.executable, "-c", READ, folder],
        env=shared.environment | {"SPARK_CONF_DIR": str(tmp_path), "SPARK_LOCAL_IP": "127.0.0.1"},
        capture_output=True,
        text=True,
    )
    assert finished.stdout == "b\n", finished.stderr


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


def test_a_master_of_another_version_is_reported_and_the_next_one_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a master of another Spark does, the first ends every connection at its first words."""
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
    with spark_cluster(tmp_path) as running:
        for name, value in running.variables.items():
            monkeypatch.setenv(name, value)
        cluster = Cluster(running.address, f"{tmp_path}/made/")
        try:
            written = cluster.write("one", translate("select 1 as n", {}))
            assert duckdb.execute(f"from '{written}/*.parquet'").fetchall() == [(1,)]
        finally:
            cluster.close()
