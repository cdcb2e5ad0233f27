"""A Spark session on an existing cluster, with DuckDB's arithmetic: the translation counts on its settings.

What belongs to a cluster (memory, the driver for S3, credentials) stands in its own `spark-defaults.conf`, which
`SPARK_CONF_DIR` leads to. This process is the driver, so it needs Java and the package of the extra `spark`.
"""

import logging
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from orchestration.file_errors import FileUnusable
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


class ClusterUnusable(FileUnusable):
    """Spark can't be used as it is installed; the message names the next step."""


class Cluster:
    """A session at `master` that reads and writes Parquet below `folder`, which all its machines and DuckDB reach."""

    def __init__(self, master: str, folder: str) -> None:
        self.folder = folder
        self._session = _session(master)

    def read(self, name: str, files: list[str], columns: Columns) -> None:
        """Call the rows of these Parquet files `name`. A column that a file lacks is null there."""
        listed = ", ".join(f"`{column}` {spark_type(kind)}" for column, kind in columns.items())
        self._session.read.schema(listed).parquet(*map(_address, files)).createOrReplaceTempView(name)

    def write(self, name: str, translated: Translated) -> str:
        """Compute a query, and call its result `name` from then on. Returns the folder of its Parquet files."""
        folder = self._written(name, self._frame(name, translated))
        self._session.read.parquet(_address(folder)).createOrReplaceTempView(name)
        return folder

    def close(self) -> None:
        """Delete what was written below the folder, and end the session."""
        session = self._session
        path = session._jvm.org.apache.hadoop.fs.Path(_address(self.folder))
        path.getFileSystem(session._jsc.hadoopConfiguration()).delete(path, True)
        session.stop()

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


def _session(master: str) -> "SparkSession":
    if find_spec("pyspark") is None:
        raise ClusterUnusable("pyspark is missing: install deploy/spark-requirements.lock")
    if which("java") is None:
        raise ClusterUnusable("Java is missing: install Debian's default-jre-headless")
    from pyspark.sql import SparkSession

    logging.getLogger("py4j").setLevel(logging.ERROR)
    builder = SparkSession.builder.master(master).appName("warehouse")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session: SparkSession = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def _address(path: str) -> str:
    """How Hadoop calls a file or folder."""
    if path.startswith("s3://"):
        return f"s3a://{path.removeprefix('s3://')}"
    return Path(path).as_uri() if path.startswith("/") else path
