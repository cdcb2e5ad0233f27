"""Hadoop's driver for S3, which Spark needs for `s3://`: version 3.3.1, from a package that brings it. For tests alone.

It is older than the Hadoop in Spark, whose defaults are texts such as `60s` and classes that it does not know.
"""

from importlib.util import find_spec
from pathlib import Path

from bench import spark_cluster

PACKAGE = "sagemaker_pyspark"
JARS = ("hadoop-aws-3.3.1.jar", "aws-java-sdk-bundle-1.11.901.jar")
LOGINS = (
    # That of the configuration, which would be one that the driver handed over, and the machine's own.
    "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
)
SETTINGS = """
spark.driver.extraClassPath {jars}
spark.executor.extraClassPath {jars}
spark.hadoop.fs.s3a.aws.credentials.provider {logins}
spark.hadoop.fs.s3a.connection.establish.timeout 5000
spark.hadoop.fs.s3a.connection.timeout 200000
spark.hadoop.fs.s3a.multipart.purge.age 86400
spark.hadoop.fs.s3a.threads.keepalivetime 60
"""


ABSENT = "not on this machine: PySpark, Java or Hadoop's driver for S3; `make test-spark`"


def is_installed() -> bool:
    """Whether Spark can be tried on S3 here."""
    return spark_cluster.is_installed() and find_spec(PACKAGE) is not None


def settings() -> str:
    """For `spark-defaults.conf`."""
    spec = find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "jars"
    return SETTINGS.format(jars=":".join(str(folder / name) for name in JARS), logins=",".join(LOGINS))
