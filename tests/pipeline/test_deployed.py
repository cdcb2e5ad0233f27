"""What `deploy/compose.yaml` starts, without its containers: Dagster's services, with their records in PostgreSQL."""

import json
import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.pipeline.processes import free_port, graphql
from tests.warehouse.postgres_server import INSTALLED, PASSWORD, postgres_server

ROOT = Path(__file__).parents[2]
SERVICES = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
CODE_HOST = f"127.0.{random.randrange(256)}.{random.randrange(2, 255)}"
"""An address of this machine that no other run of the tests uses, for the port of the code server is fixed."""
START_SECONDS = 240
RUN_SECONDS = 400
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Deployed:
    """The running services of one home, and the environment they have."""

    home: Path
    url: str
    environment: dict[str, str]

    def graphql(self, query: str, **variables: object) -> Any:
        return graphql(self.url, query, variables)

    def runs(self) -> list[str]:
        """The status of every run, the newest first."""
        found = self.graphql("{ runsOrError { ... on Runs { results { status } } } }")
        return [run["status"] for run in found["runsOrError"]["results"]]


def here(words: list[str], port: int) -> list[str]:
    """A command of compose.yaml or of the image as this machine has it; the UI is on `port`."""
    program, *arguments = (word.replace("/opt/warehouse", str(ROOT)) for word in words)
    on_port = [str(port) if word == "3000" else word.replace(":3000/", f":{port}/") for word in arguments]
    host = CODE_HOST if "grpc" in arguments else "127.0.0.1"
    return [str(Path(sys.executable).with_name(program)), *(host if word == "0.0.0.0" else word for word in on_port)]


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(is_so: Callable[[], bool], seconds: float, logs: Path, pause: float = 0.5) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "\n".join(log.read_text()[-2000:] for log in logs.glob("*.log"))
        time.sleep(pause)


def code_server_listens() -> bool:
    with socket.socket() as connection:
        return connection.connect_ex((CODE_HOST, 4000)) == 0


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Code server, webserver and daemon, started in compose's order: the next one when the one before is well."""
    if not INSTALLED:
        assert "CI" not in os.environ, "PostgreSQL is missing where Dagster's records must be tried in it"
        pytest.skip("no PostgreSQL on this machine: install it to try what deploy/ starts")
    (image,) = re.findall(r"^CMD (.*)$", (ROOT / "deploy" / "Containerfile").read_text(), re.MULTILINE)
    folder, port = tmp_path_factory.mktemp("deployed"), free_port()
    with ExitStack() as stack:
        postgres = urlsplit(stack.enter_context(postgres_server()))
        environment = os.environ | {
            "DAGSTER_POSTGRES_HOST": "127.0.0.1",
            "DAGSTER_POSTGRES_PORT": str(postgres.port),
            "DAGSTER_POSTGRES_USER": "analyst",
            "DAGSTER_POSTGRES_PASSWORD": PASSWORD,
            "DAGSTER_POSTGRES_DB": "postgres",
            "DAGSTER_LOCAL_FOLDER": str(folder / "dagster"),
            "DAGSTER_HOME": str(ROOT / "deploy" / "dagster"),
            "WAREHOUSE_CODE_HOST": CODE_HOST,
            "WAREHOUSE_DAGSTER_HOME": str(ROOT / "deploy" / "dagster"),
            "WAREHOUSE_HOME": str(folder / "data"),
        }
        for name in ("code", "webserver", "daemon"):
            command = here(SERVICES[name].get("command") or json.loads(image), port)
            stack.enter_context(running(command, environment, folder / f"{name}.log"))
            requested = here(SERVICES[name]["healthcheck"]["test"][1:], port)
            requested += ["--host", CODE_HOST] if name == "code" else []

            def is_well(requested: list[str] = requested) -> bool:
                return subprocess.run(requested, env=environment, capture_output=True, cwd=ROOT).returncode == 0

            # Dagster's own checks import half of Dagster, which slows down what they wait for.
            if name == "code":
                wait_until(code_server_listens, START_SECONDS, folder)
            wait_until(is_well, START_SECONDS, folder, pause=3)
        yield Deployed(folder / "data", f"http://127.0.0.1:{port}", environment)


def test_a_run_goes_from_the_ui_through_the_daemon_to_the_code_and_is_kept_in_postgres(deployed: Deployed) -> None:
    launched = deployed.graphql(
        "mutation($s: JobOrPipelineSelector!) { launchRun(executionParams: {selector: $s}) { __typename } }",
        s={
            "repositoryLocationName": "warehouse",
            "repositoryName": "__repository__",
            "pipelineName": "main",
            "assetSelection": [{"path": ["nyse", "sessions"]}],
        },
    )
    assert launched["launchRun"]["__typename"] == "LaunchRunSuccess"
    wait_until(lambda: deployed.runs()[0] in ("SUCCESS", "FAILURE"), RUN_SECONDS, deployed.home.parent)
    assert deployed.runs() == ["SUCCESS"]
    assert (deployed.home / "origin").read_text() == "sample\n"
    assert not (deployed.home / "dagster").exists(), "Dagster's records are in PostgreSQL alone"


def test_schedules_exist_and_are_off(deployed: Deployed) -> None:
    selector = '{repositoryName: "__repository__", repositoryLocationName: "warehouse"}'
    found = deployed.graphql(
        f"{{ schedulesOrError(repositorySelector: {selector}) "
        "{ ... on Schedules { results { name scheduleState { status } } } } }"
    )["schedulesOrError"]["results"]
    assert "main_schedule" in {schedule["name"] for schedule in found}
    assert {schedule["scheduleState"]["status"] for schedule in found} == {"STOPPED"}
