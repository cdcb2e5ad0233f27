"""Providers are fetched side by side: none waits for another, and a problem of this machine ends all waiting."""

import errno
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from orchestration.defs.resources import RunContext
from orchestration.defs.update import update_datasets
from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.sources.shared.registry import dataset

ONE, OTHER = dataset("bitstamp", "ohlc_1d"), dataset("coinpaprika", "global")
WAIT_SECONDS = 20


@contextmanager
def run_context(home: Path, addresses: Mapping[str, str]) -> Iterator[RunContext]:
    """The context of a live run in which each provider has its own address."""
    environment = {"WAREHOUSE_HOME": str(home), "WAREHOUSE_ASSETS": "BTC", **addresses}
    with (
        patch.dict(os.environ, environment),
        RunContext(source="live").yield_for_execution(dg.build_init_resource_context()) as context,
    ):
        yield context


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    """It handles requests of several providers at once."""
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.fixture
def addresses(server: HTTPServer) -> dict[str, str]:
    return {each.provider.url_variable: server.url_for(f"/{each.provider.name}") for each in (ONE, OTHER)}


def test_a_provider_does_not_wait_for_another(server: HTTPServer, tmp_path: Path, addresses: dict[str, str]) -> None:
    both = threading.Barrier(2, timeout=WAIT_SECONDS)

    def meet(_: Request) -> Response:
        both.wait()
        return Response(status=404)

    for each in (ONE, OTHER):
        server.expect_request(f"/{each.provider.name}{path_of(each.provider.name)}").respond_with_handler(meet)
    with run_context(tmp_path / "data", addresses) as context:
        updates = list(update_datasets([ONE, OTHER], context, lambda _: None))
    assert {update.dataset.table for update in updates} == {ONE.table, OTHER.table}
    assert not both.broken
    assert len(server.log) == 2


def test_a_full_disk_ends_the_run_and_the_waiting_of_other_providers(
    server: HTTPServer, tmp_path: Path, addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    is_waiting = threading.Event()

    def postpone(_: Request) -> Response:
        is_waiting.set()
        return Response(status=429, headers={"Retry-After": "55"})

    def respond_later(_: Request) -> Response:
        assert is_waiting.wait(WAIT_SECONDS)
        return Response(b"{}")

    def fail(*_: object) -> StoredResponse:
        raise OSError(errno.ENOSPC, "No space left on device")

    server.expect_request(f"/bitstamp{path_of('bitstamp')}").respond_with_handler(postpone)
    server.expect_request(f"/coinpaprika{path_of('coinpaprika')}").respond_with_handler(respond_later)
    monkeypatch.setattr(Landing, "store", fail)
    with (
        pytest.raises(OSError, match="No space left"),
        run_context(tmp_path / "data", addresses) as context,
    ):
        list(update_datasets([ONE, OTHER], context, lambda _: None))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("provider")]
    assert sum("bitstamp" in request.path for request, _ in server.log) == 1


def path_of(provider: str) -> str:
    return {"bitstamp": "/api/v2/ohlc/btcusd/", "coinpaprika": "/v1/global"}[provider]
