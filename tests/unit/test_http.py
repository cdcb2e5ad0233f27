"""The HTTP client, against a loopback server."""

import socket
import threading
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as WireRequest
from werkzeug import Response as WireResponse

from orchestration.ingest.http import HttpClient
from orchestration.ingest.retry import ATTEMPTS, CONNECT_ATTEMPTS
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Request, SourceRejected, SourceUnavailable
from orchestration.sources.shared.provider import Provider, Rate
from tests.pipeline.processes import free_port

OPEN = Provider("acme", "Acme", "https://unused.invalid", "none", Rate(1000))
KEYED = Provider("keyed", "Keyed", "https://unused.invalid", "none", Rate(1000), "X-KEY", key_required=True)
SECRET = "s3cr3t-key-value"


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(httpserver: HTTPServer, waits: list[float]) -> HttpClient:
    address = httpserver.url_for("")
    settings = Settings.load({"ACME_BASE_URL": address, "KEYED_BASE_URL": address, "KEYED_API_KEY": SECRET})
    return HttpClient(settings, pause=waits.append)


def responses(httpserver: HTTPServer, *replies: WireResponse, path: str = "/x") -> None:
    """Serve one reply after the other; the last one repeats."""
    turns: Iterator[WireResponse] = iter(replies)
    last = replies[-1]

    def handler(_: WireRequest) -> WireResponse:
        return next(turns, last)

    httpserver.expect_request(path).respond_with_handler(handler)


def test_a_good_response_is_returned_byte_for_byte(httpserver: HTTPServer, client: HttpClient) -> None:
    responses(httpserver, WireResponse(b'{"a": 1.0}\n'))
    response = client.request(OPEN, Request("/x", {"q": "1"}))
    assert (response.status, response.body, response.problem) == (200, b'{"a": 1.0}\n', None)


def test_429_is_retried_after_the_time_that_the_provider_demands(
    httpserver: HTTPServer, client: HttpClient, waits: list[float]
) -> None:
    responses(httpserver, WireResponse("slow", 429, {"Retry-After": "2.5"}), WireResponse("ok"))
    assert client.request(OPEN, Request("/x")).body == b"ok"
    assert waits == [pytest.approx(4, abs=0.1)], "a second more than the next full one"


@pytest.mark.parametrize("status", [408, 500, 502, 503, 520])
def test_transient_failures_are_retried(httpserver: HTTPServer, client: HttpClient, status: int) -> None:
    responses(httpserver, WireResponse("", status), WireResponse("ok"))
    assert client.request(OPEN, Request("/x")).body == b"ok"


def test_a_provider_that_stays_down_is_unavailable_and_its_body_is_kept(
    httpserver: HTTPServer, client: HttpClient
) -> None:
    responses(httpserver, WireResponse("maintenance", 503))
    response = client.request(OPEN, Request("/x", subject="BTC"))
    assert isinstance(response.problem, SourceUnavailable)
    assert "acme /x for BTC: returned 503" in str(response.problem)
    assert response.body == b"maintenance"
    assert len(httpserver.log) == ATTEMPTS


def test_a_long_pause_is_not_waited_for(httpserver: HTTPServer, client: HttpClient, waits: list[float]) -> None:
    responses(httpserver, WireResponse("banned", 418, {"Retry-After": "7200"}))
    response = client.request(OPEN, Request("/x"))
    assert "requires a pause of 7200 s" in str(response.problem)
    assert waits == []
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_permanent_refusal_is_not_repeated(httpserver: HTTPServer, client: HttpClient, status: int) -> None:
    responses(httpserver, WireResponse('{"code":-1121,"msg":"Invalid symbol."}', status))
    response = client.request(OPEN, Request("/x", subject="BTC"))
    assert isinstance(response.problem, SourceRejected)
    assert "Invalid symbol." in str(response.problem)
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("status", [403, 451])
def test_a_blocked_region_names_the_setting_that_helps(httpserver: HTTPServer, client: HttpClient, status: int) -> None:
    responses(httpserver, WireResponse("restricted location", status))
    problem = client.request(OPEN, Request("/x")).problem
    assert isinstance(problem, SourceRejected)
    assert "ACME_BASE_URL" in str(problem)


def test_a_truncated_body_is_requested_again(client: HttpClient, httpserver: HTTPServer) -> None:
    with _CutShort() as broken:
        settings = Settings.load({"ACME_BASE_URL": f"http://127.0.0.1:{broken.port}"})
        with pytest.raises(SourceUnavailable, match="no complete response"):
            HttpClient(settings, pause=lambda _: None).request(OPEN, Request("/x"))
    assert broken.connections == ATTEMPTS


def test_an_address_that_refuses_connections_is_not_tried_for_every_request(waits: list[float]) -> None:
    port = free_port()
    client = HttpClient(Settings.load({"ACME_BASE_URL": f"http://127.0.0.1:{port}"}), pause=waits.append)
    for subject in ("BTC", "ETH"):
        with pytest.raises(SourceUnavailable, match=f"acme: 127.0.0.1:{port} cannot be reached"):
            client.request(OPEN, Request("/x", subject=subject))
    assert len(waits) == CONNECT_ATTEMPTS - 1


def test_the_key_travels_in_the_header_and_nowhere_else(httpserver: HTTPServer, client: HttpClient) -> None:
    responses(httpserver, WireResponse("denied", 401))
    response = client.request(KEYED, Request("/x", {"q": "1"}))
    sent = httpserver.log[0][0]
    assert sent.headers["X-KEY"] == SECRET
    assert SECRET not in sent.url
    assert SECRET not in response.url + str(response.problem)
    assert "KEYED_API_KEY" in str(response.problem)


def test_a_key_is_not_carried_to_another_host(httpserver: HTTPServer, client: HttpClient) -> None:
    responses(httpserver, WireResponse("", 302, {"Location": httpserver.url_for("/elsewhere")}))
    responses(httpserver, WireResponse("caught"), path="/elsewhere")
    response = client.request(KEYED, Request("/x"))
    assert isinstance(response.problem, SourceRejected)
    assert [request.path for request, _ in httpserver.log] == ["/x"]


@pytest.mark.parametrize("echo", ["your key s3cr3t-key/value is unknown", '{"key":"s3cr3t-key%2Fvalue"}'])
def test_a_key_that_an_error_echoes_is_removed_from_the_response(httpserver: HTTPServer, echo: str) -> None:
    secret = "s3cr3t-key/value"
    settings = Settings.load({"KEYED_BASE_URL": httpserver.url_for(""), "KEYED_API_KEY": secret})
    responses(httpserver, WireResponse(echo, 401))
    response = HttpClient(settings).request(KEYED, Request("/x"))
    assert b"[key]" in response.body
    assert "s3cr3t" not in response.body.decode() + str(response.problem)


def test_a_missing_key_is_reported_before_any_request(httpserver: HTTPServer) -> None:
    settings = Settings.load({"KEYED_BASE_URL": httpserver.url_for("")})
    with pytest.raises(SourceRejected, match="set KEYED_API_KEY"):
        HttpClient(settings).request(KEYED, Request("/x"))
    assert httpserver.log == []


def test_the_user_agent_names_the_warehouse(httpserver: HTTPServer, client: HttpClient) -> None:
    responses(httpserver, WireResponse("ok"))
    client.request(OPEN, Request("/x"))
    assert httpserver.log[0][0].headers["User-Agent"].startswith("crypto-market-warehouse/")


class _CutShort:
    """A server that promises a hundred bytes and sends five."""

    def __enter__(self) -> "_CutShort":
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            with peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[[1,2")
