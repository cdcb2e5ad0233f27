"""A Spark cluster on 127.0.0.1, for the benchmark: a master, and two workers of one core and 800 MB."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
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


@contextmanager
def spark_cluster(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a running cluster, and the variables with which a process uses it."""
    (folder / "spark-defaults.conf").write_text(DEFAULTS)
    variables = {"SPARK_CONF_DIR": str(folder), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(folder)}
    port, page = _free_port(), _free_port()
    address = f"spark://127.0.0.1:{port}"
    with ExitStack() as stack:
        parts = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page)]
        stack.enter_context(_daemon("master.Master", parts, folder / "master", variables))
        for number in (1, 2):
            own = folder / f"worker{number}"
            parts = ["--host", "127.0.0.1", "--cores", "1", "--memory", "800m", "--webui-port", str(_free_port())]
            stack.enter_context(_daemon("worker.Worker", [*parts, "--work-dir", str(own), address], own, variables))
        _wait_for_workers(page, folder)
        yield address, variables


@contextmanager
def _daemon(name: str, words: list[str], log: Path, variables: dict[str, str]) -> Iterator[None]:
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / "bin" / "spark-class"
    environment = os.environ | variables | {"SPARK_DAEMON_MEMORY": "256m"}
    with log.with_suffix(".log").open("wb") as output:
        command = [str(program), f"org.apache.spark.deploy.{name}", *words]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield
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
