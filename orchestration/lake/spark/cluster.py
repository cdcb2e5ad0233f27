"""A Spark session on an existing cluster, with DuckDB's arithmetic: the translation counts on its settings.

What belongs to a cluster (memory, Hadoop's driver for S3) stands in its own `spark-defaults.conf`, which
`SPARK_CONF_DIR` leads to. Its login to S3 is its own, too. This process is the driver, so it needs Java and the package
of the extra `spark`.
"""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from orchestration.file_errors import FileUnusable, first_line
from orchestration.lake.settings import S3
from orchestration.lake.spark.translate import Columns, Translated, spark_type

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SETTINGS = {
    # Errors instead of nulls, and plain text of decimals.
    "spark.sql.ansi.enabled": "true",
    # A product keeps all of its decimal places.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    # With it Spark 4.3 can't plan records: "previously resolved and now became unresolved".
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.RemoveRedundantAliases",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.structuredLogging.enabled": "false",
}
LOGIN = (
    "fs.s3a.access.key",
    "fs.s3a.secret.key",
    "fs.s3a.session.token",
    # Of drivers before.
    "fs.s3.awsAccessKeyId",
    "fs.s3.awsSecretAccessKey",
    "fs.s3n.awsAccessKeyId",
    "fs.s3n.awsSecretAccessKey",
)
"""Hadoop's names for a login to S3. Spark fills them from the AWS_ variables of this process."""

INSTEAD = "or leave WAREHOUSE_SPARK empty"
CONNECT_SECONDS = 10
WORKERLESS_SECONDS = 90.0
"""How long Spark may be without a worker. It would wait for one for ever."""


class ClusterUnusable(FileUnusable):
    """Spark can't be used as it is; the message names the next step."""


def check(master: str) -> None:
    """Raises ClusterUnusable where no cluster could be used: Spark is not installed here, or `master` is no address."""
    if find_spec("pyspark") is None:
        raise ClusterUnusable(
            f"WAREHOUSE_SPARK is set and pyspark is missing: install deploy/spark-requirements.lock, {INSTEAD}"
        )
    if which("java") is None:
        raise ClusterUnusable(
            f"WAREHOUSE_SPARK is set and Java is missing: install Debian's default-jre-headless, {INSTEAD}"
        )
    if not _doors(master):
        raise ClusterUnusable(f"WAREHOUSE_SPARK is not an address such as spark://host:7077: correct it, {INSTEAD}")


def _doors(master: str) -> list[tuple[str, int]]:
    """Host and port of each master: a cluster with standby masters has several. Empty where it is no address."""
    addresses = [urlsplit(f"spark://{part}") for part in master.removeprefix("spark://").split(",")]
    try:
        doors = [(address.hostname or "", address.port or 7077) for address in addresses]
    except ValueError:
        return []
    return doors if master.startswith("spark://") and all(host for host, _ in doors) else []


def _knock(master: str) -> None:
    """Raises ClusterUnusable where nothing listens at `master`: Spark would try for minutes."""
    for door in _doors(master):
        with suppress(OSError), socket.create_connection(door, CONNECT_SECONDS):
            return
    raise ClusterUnusable(f"no Spark master responds at {master}: start it, correct WAREHOUSE_SPARK, {INSTEAD}")


class Cluster:
    """A session at `master` that reads and writes Parquet below `folder`, which all its machines and DuckDB reach.

    `s3`: how to reach a folder on S3.
    """

    def __init__(self, master: str, folder: str, s3: S3 | None = None) -> None:
        self.folder = folder
        self._master = master
        self._session = _session(master, s3)
        self._check_folder()

    def read(self, name: str, files: list[str], columns: Columns) -> None:
        """Call the rows of these Parquet files `name`. A column that a file lacks is null there."""
        listed = ", ".join(f"`{column}` {spark_type(kind)}" for column, kind in columns.items())
        with self._watched(name):
            self._session.read.schema(listed).parquet(*map(_address, files)).createOrReplaceTempView(name)

    def define(self, name: str, translated: Translated) -> None:
        """Call the result of a query `name`; it is computed when it is read."""
        self._frame(name, translated).createOrReplaceTempView(name)

    def write(self, name: str, translated: Translated) -> str:
        """Compute a query, and call its result `name` from then on. Returns the folder of its Parquet files."""
        with self._watched(name):
            folder = self._written(name, self._frame(name, translated))
            self._session.read.parquet(_address(folder)).createOrReplaceTempView(name)
        return folder

    def close(self) -> None:
        """Delete the folder, and end the session and its Java process."""
        # The session may have ended with its cluster; Hadoop deletes without it.
        with suppress(Exception):
            path, files = self._path()
            files.delete(path, True)
        _end(self._session)

    def _path(self) -> tuple[Any, Any]:
        """The folder, and the file system with it, as Hadoop has them."""
        session = self._session
        path = session._jvm.org.apache.hadoop.fs.Path(_address(self.folder))
        return path, path.getFileSystem(session._jsc.hadoopConfiguration())

    def _check_folder(self) -> None:
        """Make the folder: what is missing here, a driver or a login, is known before anything is handed over."""
        try:
            path, files = self._path()
            files.mkdirs(path)
        except Exception as error:
            reason = _reason(error)
            _end(self._session)
            raise ClusterUnusable(
                f"Spark can't write to {self.folder}: {reason}. For s3:// its machines and this one need "
                f"Hadoop's S3 driver and a login (docs/operations/lake.md), {INSTEAD}"
            ) from error

    @contextmanager
    def _watched(self, name: str) -> Iterator[None]:
        """Around work of Spark: what fails there, or waits for workers in vain, is a ClusterUnusable."""
        is_done, is_without = threading.Event(), threading.Event()

        def watch() -> None:
            since = monotonic()
            while not is_done.wait(1):
                # The driver counts as one.
                with suppress(Exception):
                    if self._session._jsc.sc().getExecutorMemoryStatus().size() > 1:
                        since = monotonic()
                if monotonic() - since > WORKERLESS_SECONDS:
                    is_without.set()
                    with suppress(Exception):
                        self._session.sparkContext.cancelAllJobs()
                    return

        threading.Thread(target=watch, name="spark workers", daemon=True).start()
        try:
            yield
        except Exception as error:
            if is_without.is_set():
                raise ClusterUnusable(
                    f"{self._master} had no worker for {WORKERLESS_SECONDS:.0f} s while it computed {name}: "
                    f"start workers with free cores and memory, {INSTEAD}"
                ) from error
            raise ClusterUnusable(
                f"{self._master} failed to compute {name}: {_reason(error)}. Look at the cluster's log, {INSTEAD}"
            ) from error
        finally:
            is_done.set()

    def _frame(self, name: str, translated: Translated) -> "DataFrame":
        for step in translated.steps:
            frame = self._session.sql(step.query)
            if step.is_shared:
                # Kept as files: Spark computes a query again for each of its readers.
                folder = self._written(f"{name}.{step.name}", frame)
                frame = self._session.read.parquet(_address(folder))
            frame.createOrReplaceTempView(step.name)
        return self._session.sql(translated.query)

    def _written(self, name: str, frame: "DataFrame") -> str:
        folder = f"{self.folder}{name}"
        frame.write.mode("overwrite").parquet(_address(folder))
        return folder


def _session(master: str, s3: S3 | None) -> "SparkSession":
    check(master)
    _knock(master)
    from pyspark import __version__ as version
    from pyspark.sql import SparkSession

    logging.getLogger("py4j").setLevel(logging.ERROR)
    builder = SparkSession.builder.master(master).appName("warehouse")
    for name, value in (SETTINGS | _s3_settings(s3)).items():
        builder = builder.config(name, value)
    try:
        session: SparkSession = builder.getOrCreate()
    except Exception as error:
        reason = _reason(error)
        _end(None)
        raise ClusterUnusable(
            f"{master} does not accept PySpark {version}: {reason}. A cluster and PySpark must be of one "
            f"version: install the cluster's as pyspark, {INSTEAD}"
        ) from error
    session.sparkContext.setLogLevel("ERROR")
    _keep_login(session)
    return session


def _s3_settings(s3: S3 | None) -> dict[str, str]:
    """Where S3 is, for Hadoop."""
    if s3 is None:
        return {}
    settings = {"spark.hadoop.fs.s3a.endpoint.region": s3.region}
    if s3.endpoint:
        settings |= {"spark.hadoop.fs.s3a.endpoint": s3.endpoint, "spark.hadoop.fs.s3a.path.style.access": "true"}
    return settings


def _keep_login(session: "SparkSession") -> None:
    """Take this process's login to S3 out of the configuration, which Spark sends to every worker."""
    own = session.sparkContext.getConf()
    for name in LOGIN:
        if not own.contains(f"spark.hadoop.{name}"):
            session._jsc.hadoopConfiguration().unset(name)


def _end(session: "SparkSession | None") -> None:
    """End a session and its Java process, which would stay, with its memory, until this process ends."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    with suppress(Exception):
        if session is not None:
            session.stop()
        elif SparkContext._active_spark_context is not None:
            # That of a session that could not be made, which the next one would take for its own.
            SparkContext._active_spark_context.stop()
    with suppress(Exception):
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None


def _reason(error: Exception) -> str:
    """The innermost cause in Java, in one line."""
    cause = getattr(error, "java_exception", None)
    while cause is not None and cause.getCause() is not None:
        cause = cause.getCause()
    return first_line(str(cause.toString() if cause is not None else error) or type(error).__name__).rstrip(".")


def _address(path: str) -> str:
    """How Hadoop calls a file or folder."""
    if path.startswith("s3://"):
        return f"s3a://{path.removeprefix('s3://')}"
    return Path(path).as_uri() if path.startswith("/") else path
