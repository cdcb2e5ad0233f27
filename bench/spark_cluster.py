"""A Spark cluster on 127.0.0.1, for the benchmark and a test: a master, and two workers of one core and 800 MB."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from urllib.request import urlopen

START_SECONDS = 90
DEFAULTS = """
spark.driver.bindAddress 127.0.0.1
spark.driver.host 127.0.0.1
spark.driver.memory 1g
spark.executor.memory 800m
spark.network.timeout 600s
spark.sql.shuffle.partitions 2
spark.ui.enabled false
"""


def is_installed() -> bool:
    return find_spec("pyspark") is not None and which("java") is not None


@dataclass(frozen=True)
class SparkCluster:
    """A running cluster. A process uses it by the variables, WAREHOUSE_SPARK among them."""

    variables: dict[str, str]
    workers: list["subprocess.Popen[bytes]"]

    @property
    def address(self) -> str:
        return self.variables["WAREHOUSE_SPARK"]


@contextmanager
def spark_cluster(
    folder: Path, settings: str = "", environment: Mapping[str, str] = os.environ
) -> Iterator[SparkCluster]:
    """A cluster that keeps its files in `folder`, with more `settings`; `environment` is that of its machines."""
    (folder / "spark-defaults.conf").write_text(DEFAULTS + settings)
    variables = {"SPARK_CONF_DIR": str(folder), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(folder)}
    around = {**environment, **variables, "SPARK_DAEMON_MEMORY": "256m"}
    port, page = _free_port(), _free_port()
    address = f"spark://127.0.0.1:{port}"
    with ExitStack() as stack:
        parts = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page)]
        stack.enter_context(_daemon("master.Master", parts, folder / "master", around))
        workers = []
        for number in (1, 2):
            own = folder / f"worker{number}"
            parts = ["--host", "127.0.0.1", "--cores", "1", "--memory", "800m", "--webui-port", str(_free_port())]
            words = [*parts, "--work-dir", str(own), address]
            workers.append(stack.enter_context(_daemon("worker.Worker", words, own, around)))
        _wait_for_workers(page, folder)
        yield SparkCluster(variables | {"WAREHOUSE_SPARK": address}, workers)


@contextmanager
def _daemon(name: str, words: list[str], log: Path, environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / "bin" / "spark-class"
    with log.with_suffix(".log").open("wb") as output:
        command = [str(program), f"org.apache.spark.deploy.{name}", *words]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


def _wait_for_workers(page: int, folder: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{page}/json/", timeout=5) as response:
            if response.read().count(b'"ALIVE"') >= 3:
                return
        time.sleep(0.5)
    raise AssertionError((folder / "master.log").read_text()[-3000:])


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
