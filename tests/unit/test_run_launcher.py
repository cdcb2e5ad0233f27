"""Which machine a backfill's month goes to; `tests/lake/test_backfills_on_workers.py` has the whole of it."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._core.errors import DagsterUserCodeUnreachableError

from orchestration.defs.run_launcher import Address, SpreadBackfills, addresses


@pytest.fixture
def servers() -> Iterator[list[Address]]:
    """Two that accept connections, and one that does not, the last."""
    with ExitStack() as stack:
        listening = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        closed = stack.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))
        yield [found.getsockname() for found in (*listening, closed)]


def run_on(server: Address, status: DagsterRunStatus) -> DagsterRun:
    tags = {".dagster/grpc_info": json.dumps({"host": server[0], "port": server[1]})}
    return DagsterRun(job_name="backfill", status=status, tags=tags)


def test_a_month_goes_to_the_least_busy_server_that_responds(servers: list[Address]) -> None:
    first, second, closed = servers
    launcher = SpreadBackfills([closed, first, second])
    with DagsterInstance.ephemeral() as instance:
        launcher.register_instance(instance)
        assert launcher.least_busy() == first
        instance.add_run(run_on(first, DagsterRunStatus.STARTED))
        instance.add_run(run_on(second, DagsterRunStatus.SUCCESS))
        assert launcher.least_busy() == second
        instance.add_run(run_on(second, DagsterRunStatus.STARTING))
        assert launcher.least_busy() == first


def test_no_server_that_responds_is_reported_with_the_next_step(servers: list[Address]) -> None:
    launcher = SpreadBackfills(servers[2:])
    with DagsterInstance.ephemeral() as instance:
        launcher.register_instance(instance)
        with pytest.raises(DagsterUserCodeUnreachableError, match=r"no code server responds at 127.*: start one"):
            launcher.least_busy()


def test_addresses_are_host_and_port() -> None:
    assert addresses("worker-1:4000, 10.0.0.2:4001") == [("worker-1", 4000), ("10.0.0.2", 4001)]
    for wrong in ("", "worker-1", "worker-1:many", ":4000"):
        with pytest.raises(ValueError, match="is not host:port"):
            addresses(wrong)
