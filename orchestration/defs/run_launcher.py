"""A backfill's months on several machines: each run of Dagster's queue goes to the machine that executes the fewest.

Dagster starts a run in the code server that its job comes from. The machines of a lake have the same code and share
Dagster's records, so a month may be executed by any of them. `deploy/dagster/lake/dagster.yaml` names this launcher.
"""

import json
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Self
from urllib.parse import urlsplit

from dagster import DagsterRunStatus, DefaultRunLauncher, RunsFilter, StringSource
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher.base import LaunchRunContext
from dagster._core.storage.tags import GRPC_INFO_TAG, PARTITION_NAME_TAG
from dagster._grpc.client import DagsterGrpcClient
from dagster._serdes import ConfigurableClassData

IN_PROGRESS = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
CONNECT_SECONDS = 5.0
Address = tuple[str, int]


class SpreadBackfills(DefaultRunLauncher):
    """Starts a run of a partition on the least busy of `code_servers`; any other run where its job comes from.

    A server that does not respond is left out. Raises DagsterUserCodeUnreachableError where none responds: the queue
    tries again (`max_user_code_failure_retries`).
    """

    def __init__(self, code_servers: Sequence[Address], inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        self._code_servers = list(code_servers)

    @classmethod
    def config_type(cls) -> Any:
        """`code_servers`: `host:port`, with commas between them."""
        return {"code_servers": StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> Self:
        return cls(addresses(config_value["code_servers"]), inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        run = context.dagster_run
        if PARTITION_NAME_TAG not in run.tags:
            super().launch_run(context)
            return
        host, port = self.least_busy()
        self.launch_run_from_grpc_client(self._instance, run, DagsterGrpcClient(host=host, port=port))
        self._run_ids.add(run.run_id)

    def least_busy(self) -> Address:
        """The code server with the fewest runs in progress, of those that respond."""
        runs = self._instance.get_runs(RunsFilter(statuses=IN_PROGRESS))
        tags = [json.loads(run.tags[GRPC_INFO_TAG]) for run in runs if GRPC_INFO_TAG in run.tags]
        busy = Counter((tag.get("host"), tag.get("port")) for tag in tags)
        for address in sorted(self._code_servers, key=lambda address: busy[address]):
            with suppress(OSError), socket.create_connection(address, CONNECT_SECONDS):
                return address
        listed = ", ".join(f"{host}:{port}" for host, port in self._code_servers)
        raise DagsterUserCodeUnreachableError(
            f"no code server responds at {listed}: start one, or correct WAREHOUSE_CODE_SERVERS"
        )


def addresses(text: str) -> list[Address]:
    """The code servers that a setting names. Raises ValueError with a sentence for anything but `host:port`."""
    found = []
    for part in text.split(","):
        address = urlsplit(f"//{part.strip()}")
        try:
            port = address.port
        except ValueError:
            port = None
        if not address.hostname or port is None:
            raise ValueError(f"WAREHOUSE_CODE_SERVERS: {part.strip()!r} is not host:port, such as worker-1:4000")
        found.append((address.hostname, port))
    return found
