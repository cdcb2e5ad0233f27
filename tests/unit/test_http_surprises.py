"""Exceptions of libraries, malformed settings and dead hosts: each is one source's problem, reported once."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as WireRequest
from werkzeug import Response as WireResponse

from orchestration.ingest.hosts import NO_NETWORK
from orchestration.ingest.http import HttpClient
from orchestration.ingest.retry import ATTEMPTS
from orchestration.ingest.sessions import is_loopback
from orchestration.settings import Settings
from orchestration.sources.shared.contract import NotSent, Request, SourceRejected, SourceUnavailable
from orchestration.sources.shared.provider import Provider, Rate
from orchestration.sources.shared.registry import dataset, datasets
from tests.unit.test_rate_limit import Simulated

OPEN = Provider("acme", "Acme", "https://unused.invalid", "none", Rate(1000))
KEYED = Provider("keyed", "Keyed", "https://unused.invalid", "none", Rate(1000), "X-KEY", key_required=True)
PROVIDERS = {found.provider.name: found.provider for found in datasets()}


def client_of(httpserver: HTTPServer, **environment: str) -> HttpClient:
    address = httpserver.url_for("")
    names = {provider.url_variable: address for provider in (OPEN, KEYED, *PROVIDERS.values())}
    return HttpClient(Settings.load({**names, **environment}), pause=lambda _: None)


def problem_of(client: HttpClient, provider: Provider, request: Request) -> Exception | None:
    try:
        return client.request(provider, request).problem
    except (SourceRejected, SourceUnavailable) as problem:
        return problem


def serve(httpserver: HTTPServer, reply: Callable[[int], WireResponse], path: str = "/x") -> list[str]:
    seen: list[str] = []

    def handler(request: WireRequest) -> WireResponse:
        seen.append(request.full_path)
        return reply(len(seen))

    httpserver.expect_request(path).respond_with_handler(handler)
    return seen


def redirected(to: str) -> WireResponse:
    return WireResponse(b"", 302, {"Location": to})


@pytest.mark.parametrize(
    "target",
    ["SELF", "about:blank", "ftp://host.invalid/x", "http://", "http://[::bad", "https://h\u00f6st..invalid/", "//",
     "http://a b/"],
)  # fmt: skip
def test_a_redirect_to_an_invalid_address_is_that_source_s_problem(httpserver: HTTPServer, target: str) -> None:
    to = httpserver.url_for("/x") if target == "SELF" else target
    serve(httpserver, lambda _: redirected(to.encode("utf-8").decode("latin-1")))
    problem = problem_of(client_of(httpserver), OPEN, Request("/x", subject="BTC"))
    assert isinstance(problem, SourceRejected | SourceUnavailable), problem
    assert str(problem).startswith("acme")
    assert "ACME_BASE_URL" in str(problem) or "run again" in str(problem)


def test_a_provider_that_redirects_in_a_circle_gets_few_requests(httpserver: HTTPServer) -> None:
    seen = serve(httpserver, lambda _: redirected(httpserver.url_for("/x")))
    client = client_of(httpserver)
    problems = [problem_of(client, OPEN, Request("/x", {"n": str(n)}, subject="BTC")) for n in range(9)]
    assert "redirects without an end" in str(problems[0])
    assert isinstance(problems[-1], NotSent)
    assert len(seen) < 40


@pytest.mark.parametrize(
    "key", ["s3cr3t-one\ns3cr3t-two", "s3cr3t one", "s3cr3t-\u0142\u00f3d\u017a", "s3cr3t\x00", "s3cr3t\u200b"]
)
def test_a_key_that_no_header_can_carry_is_rejected_by_the_variable_s_name(httpserver: HTTPServer, key: str) -> None:
    seen = serve(httpserver, lambda _: WireResponse("ok"))
    problem = problem_of(client_of(httpserver, KEYED_API_KEY=key), KEYED, Request("/x"))
    assert isinstance(problem, SourceRejected)
    assert str(problem).startswith("KEYED_API_KEY has a blank, a line break or another character inside")
    assert "s3cr3t" not in str(problem)
    assert seen == []


@pytest.mark.parametrize("around", ["{}\n", "\r\n{}\r\n", "  {}\t", "\u00a0{}"])
def test_blanks_around_a_key_are_not_part_of_it(httpserver: HTTPServer, around: str) -> None:
    serve(httpserver, lambda _: WireResponse("ok"))
    assert client_of(httpserver, KEYED_API_KEY=around.format("s3cr3t")).request(KEYED, Request("/x")).body == b"ok"
    assert httpserver.log[0][0].headers["X-KEY"] == "s3cr3t"


def test_a_key_of_blanks_alone_is_none(httpserver: HTTPServer) -> None:
    with pytest.raises(SourceRejected, match="set KEYED_API_KEY"):
        client_of(httpserver, KEYED_API_KEY=" \n").request(KEYED, Request("/x"))


@pytest.mark.parametrize(
    "address",
    ["acme.invalid", "ftp://acme.invalid", "http://", "https://name:s3cr3t@acme.invalid", "http://a b.invalid",
     "http://acme.invalid:port", "file:///etc/passwd", "http://[::1", "javascript:1", "http://acme\n.invalid"],
)  # fmt: skip
def test_an_invalid_address_is_rejected_by_the_variable_s_name(httpserver: HTTPServer, address: str) -> None:
    problem = problem_of(client_of(httpserver, ACME_BASE_URL=address), OPEN, Request("/x"))
    assert isinstance(problem, SourceRejected)
    assert str(problem).startswith("ACME_BASE_URL is not an address such as https://unused.invalid")
    assert "s3cr3t" not in str(problem)


def test_the_default_addresses_are_addresses() -> None:
    settings = Settings.load({})
    requested = [found.provider for found in datasets() if found.file_pattern is None]
    assert {settings.refusal(provider) for provider in requested} == {None}


@pytest.mark.parametrize("entry", ["default login u password s3cr3t", "machine 127.0.0.1 login u password s3cr3t"])
def test_no_login_of_a_netrc_is_sent_not_even_after_a_redirect(
    httpserver: HTTPServer, entry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "netrc"
    file.write_text(entry)
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))
    monkeypatch.setenv("HOME", str(tmp_path))
    serve(httpserver, lambda _: redirected(httpserver.url_for("/y").replace("127.0.0.1", "localhost")))
    serve(httpserver, lambda _: WireResponse("ok"), path="/y")
    assert client_of(httpserver).request(OPEN, Request("/x")).body == b"ok"
    assert [request.path for request, _ in httpserver.log] == ["/x", "/y"]
    assert [request.headers.get("Authorization") for request, _ in httpserver.log] == [None, None]


class Proxy:
    """Records its requests and responds in place of every host."""

    def __enter__(self) -> "Proxy":
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
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
            with peer:
                self.asked.append(peer.recv(4096).decode("latin-1").split("\r\n")[0])
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nby proxy!")


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Proxy() as served:
        yield served


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_this_machine_is_never_reached_through_a_proxy(
    httpserver: HTTPServer, proxy: Proxy, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, proxy.url)
    serve(httpserver, lambda _: redirected("/y"))
    serve(httpserver, lambda _: WireResponse("ok"), path="/y")
    for host in ("127.0.0.1", "localhost"):
        address = f"http://{host}:{httpserver.port}"
        client = HttpClient(Settings.load({"ACME_BASE_URL": address}), pause=lambda _: None)
        assert client.request(OPEN, Request("/x")).body == b"ok"
    assert proxy.asked == []


def test_other_hosts_are_reached_through_the_proxy_of_the_environment(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    settings = Settings.load({"ACME_BASE_URL": "http://acme.invalid"})
    assert HttpClient(settings, pause=lambda _: None).request(OPEN, Request("/x")).body == b"by proxy!"
    assert proxy.asked == ["GET http://acme.invalid/x HTTP/1.1"]
    monkeypatch.setenv("NO_PROXY", "acme.invalid")
    assert "cannot be reached" in str(problem_of(HttpClient(settings, pause=lambda _: None), OPEN, Request("/x")))
    assert len(proxy.asked) == 1


@pytest.mark.parametrize(
    ("proxy_address", "message"),
    [
        ("socks5://127.0.0.1:1", "HTTP_PROXY names a SOCKS proxy, which needs the package PySocks"),
        ("http://name:s3cr3t@127.0.0.1:1", "(through the proxy of HTTP_PROXY)"),
        ("http://", "HTTP_PROXY names no proxy that can be used"),
    ],
)
def test_a_proxy_that_can_t_be_used_is_named_by_its_variable(
    proxy: Proxy, proxy_address: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy_address)
    client = HttpClient(Settings.load({"ACME_BASE_URL": "http://acme.invalid"}), pause=lambda _: None)
    problem = problem_of(client, OPEN, Request("/x"))
    assert message in str(problem)
    assert "s3cr3t" not in str(problem)


def test_a_missing_file_of_certificates_is_named(monkeypatch: pytest.MonkeyPatch, proxy: Proxy) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/at/all.pem")
    client = HttpClient(Settings.load({"ACME_BASE_URL": "https://acme.invalid"}), pause=lambda _: None)
    assert "REQUESTS_CA_BUNDLE" in str(problem_of(client, OPEN, Request("/x")))


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:1", True), ("http://127.8.8.8", True), ("http://[::1]:80/x", True),
        ("ws://localhost", True), ("http://LOCALHOST./", True), ("http://a.localhost", True),
        ("http://128.0.0.1", False), ("http://localhost.example.org", False), ("http://[::2]", False), ("x", False),
    ],
)  # fmt: skip
def test_what_is_on_this_machine(url: str, is_here: bool) -> None:
    assert is_loopback(url) is is_here


LIMITS = [
    ("kraken", '{"error":["EGeneral:Too many requests"]}'),
    ("kraken", '{"error":["EAPI:Rate limit exceeded"]}'),
    ("kraken", '{"error":["EGeneral:Temporary lockout"]}'),
    ("bybit", '{"retCode":10006,"retMsg":"Too many visits!","result":{},"retExtInfo":{},"time":1}'),
    ("bybit", '{"retCode": 10018, "retMsg": "Ip rate limit", "result": {}}'),
    ("okx", '{"msg":"Too Many Requests","code":"50011"}'),
    ("okx_futures", '{"msg":"","code":"50011","data":[]}'),
    ("coinglass", '{"code":"429","msg":"Too Many Requests"}'),
    ("coinglass_etf", '{"code":30001,"msg":"limit"}'),
    ("sosovalue", '{"code":402901,"message":"slow down","details":{"retry_after":1}}'),
    ("htx", '{"code":1032,"message":"The number of access exceeded the limit","data":null,"ts":0}'),
    ("gate", '{"label":"TOO_MANY_REQUESTS","message":"Request Rate limit Exceeded"}'),
    ("bitfinex", '["error",11010,"ratelimit: error"]'),
    ("coinalyze", '{"message":"Too Many Requests"}'),
    ("coinbase", '{"message":"Public rate limit exceeded"}'),
    ("bitstamp", '{"status":"error","reason":"Rate limit exceeded","code":"400.002"}'),
    ("binance", '{"code":-1003,"msg":"Too much request weight used"}'),
    ("coingecko", '{"status":{"error_code":429,"error_message":"You have exceeded it"}}'),
    ("coinmarketcap", '{"status":{"error_code":1008,"error_message":"a minute\'s limit"}}'),
    ("coinmarketcap_web", '{"status":{"error_code":"1011"}}'),
    ("coinmetrics", '{"error":{"type":"too_many_requests","message":"Too many requests. Please slow down."}}'),
    ("coinpaprika", '{"error":"too many requests"}'),
    ("defillama_coins", '{"message":"Too Many Requests"}'),
]


@pytest.mark.parametrize(("name", "message"), LIMITS)
def test_too_many_requests_with_status_200_is_waited_for_like_a_429(
    httpserver: HTTPServer, name: str, message: str
) -> None:
    provider, clock = PROVIDERS[name], Simulated()
    seen: list[float] = []

    def handler(_: WireRequest) -> WireResponse:
        seen.append(clock.now())
        return WireResponse(message if len(seen) <= 2 else "[]")

    httpserver.expect_request("/x").respond_with_handler(handler)
    keys = {variable: "k3y" for found in PROVIDERS.values() if (variable := found.api_key_variable)}
    settings = Settings.load({provider.url_variable: httpserver.url_for(""), **keys})
    response = HttpClient(settings, clock=clock).request(provider, Request("/x"))
    assert (response.body, response.problem) == (b"[]", None)
    assert len(seen) == 3
    assert seen[1] - seen[0] > provider.rate.seconds, "everybody waits for a whole window"


def test_a_persistent_limit_in_the_body_stops_requests_as_a_429_does(httpserver: HTTPServer) -> None:
    seen = serve(httpserver, lambda _: WireResponse('{"error":["EGeneral:Too many requests"]}'))
    client = client_of(httpserver)
    kraken = PROVIDERS["kraken"]
    first = problem_of(client, kraken, Request("/x", subject="BTC"))
    assert "kraken: returned 200 with an error" in str(first)
    assert "Too many requests" in str(first)
    assert str(problem_of(client, kraken, Request("/x", subject="ETH"))) == str(first)
    assert len(seen) == ATTEMPTS


def test_a_server_error_with_status_200_is_retried_like_a_503(httpserver: HTTPServer) -> None:
    serve(httpserver, lambda n: WireResponse('{"error":["EService:Busy"]}' if n < 3 else '{"error":[]}'))
    assert client_of(httpserver).request(PROVIDERS["kraken"], Request("/x")).problem is None


def test_figures_are_not_read_as_an_error(httpserver: HTTPServer) -> None:
    """A long body may hold any word, and an error that does not pass is none of these."""
    seen = serve(httpserver, lambda _: WireResponse('[["Too many requests"]]' + " " * 2000))
    assert client_of(httpserver).request(OPEN, Request("/x")).problem is None
    serve(httpserver, lambda _: WireResponse('{"retCode":10001,"retMsg":"params error: 10006"}'), path="/y")
    assert client_of(httpserver).request(PROVIDERS["bybit"], Request("/y")).problem is None
    assert len(seen) == 1


def test_a_dead_provider_costs_a_few_requests_and_is_reported_once(httpserver: HTTPServer) -> None:
    clock = Simulated()
    seen = serve(httpserver, lambda _: WireResponse("maintenance", 503))
    client = HttpClient(Settings.load({"ACME_BASE_URL": httpserver.url_for("")}), clock=clock)
    problems = [problem_of(client, OPEN, Request("/x", subject=str(number))) for number in range(140)]
    assert len(seen) == ATTEMPTS + 2
    assert clock.now() < 25
    assert len({str(problem) for problem in problems[3:]}) == 1
    assert str(problems[3]) == (
        "acme: 3 requests in a row failed, so the remaining ones of this run were not sent: returned 503; run again "
        "later"
    )
    assert all(isinstance(problem, NotSent) for problem in problems[3:])


def test_when_all_providers_fail_the_later_ones_are_not_retried(httpserver: HTTPServer) -> None:
    clock, count = Simulated(), 20
    seen = [serve(httpserver, lambda _: WireResponse("maintenance", 503), path=f"/{n}/x") for n in range(count)]
    address = httpserver.url_for("").rstrip("/")
    client = HttpClient(Settings.load({f"P{n}_BASE_URL": f"{address}/{n}" for n in range(count)}), clock=clock)
    for number in range(count):
        provider = Provider(f"p{number}", "P", "https://unused.invalid", "none", Rate(1000))
        assert all("503" in str(problem_of(client, provider, Request("/x"))) for _ in range(5))
    assert [len(requests) for requests in seen] == [ATTEMPTS + 2] * 3 + [3] * (count - 3)
    assert clock.now() < 3 * 25


def test_the_retries_of_many_threads_are_those_of_one(httpserver: HTTPServer) -> None:
    crew = 8
    clock = Simulated(crew)
    seen = serve(httpserver, lambda _: WireResponse("maintenance", 503))
    client = HttpClient(Settings.load({"ACME_BASE_URL": httpserver.url_for("")}), clock=clock)

    def send() -> None:
        try:
            for number in range(10):
                problem_of(client, OPEN, Request("/x", {"n": str(number)}))
        finally:
            clock.leave()

    threads = [threading.Thread(target=send) for _ in range(crew)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
    assert len(seen) <= crew + ATTEMPTS + 2
    assert clock.now() < 30


def test_one_failed_request_between_good_ones_stops_nothing(httpserver: HTTPServer) -> None:
    serve(httpserver, lambda _: WireResponse("broken", 500))
    serve(httpserver, lambda _: WireResponse("ok"), path="/y")
    client = client_of(httpserver)
    for _ in range(6):
        assert "returned 500" in str(problem_of(client, OPEN, Request("/x")))
        assert problem_of(client, OPEN, Request("/y")) is None


def test_a_short_outage_costs_nothing(httpserver: HTTPServer) -> None:
    clock = Simulated(4)
    client = HttpClient(Settings.load({"ACME_BASE_URL": httpserver.url_for("")}), clock=clock)
    httpserver.expect_request("/x").respond_with_handler(
        lambda _: WireResponse("", 503) if clock.now() < 5 else WireResponse("ok")
    )
    problems: list[Exception | None] = []

    def send() -> None:
        try:
            problems.extend(problem_of(client, OPEN, Request("/x")) for _ in range(3))
        finally:
            clock.leave()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert problems == [None] * 12


def test_a_key_that_is_rejected_three_times_is_not_sent_any_more(httpserver: HTTPServer) -> None:
    seen = serve(httpserver, lambda _: WireResponse("denied", 401))
    client = client_of(httpserver, KEYED_API_KEY="k3y-of-acme")
    problems = [problem_of(client, KEYED, Request("/x", subject=str(number))) for number in range(20)]
    assert len(seen) == 3
    assert "check KEYED_API_KEY" in str(problems[-1])


def test_without_a_network_only_a_few_hosts_are_tried() -> None:
    clock = Simulated()
    names = [Provider(f"p{n}", "P", f"http://host{n}.invalid", "none", Rate(1000)) for n in range(20)]
    client = HttpClient(Settings.load({}), clock=clock)
    problems = [str(problem_of(client, provider, Request("/x"))) for provider in names for _ in range(3)]
    assert all("cannot be reached" in problem for problem in problems)
    assert len({problem for problem in problems if NO_NETWORK in problem}) == 1
    assert sum(NO_NETWORK in problem for problem in problems) >= 3 * 17
    assert clock.now() < 10


def test_a_network_that_blocks_the_first_hosts_counts_as_a_network(httpserver: HTTPServer) -> None:
    serve(httpserver, lambda _: WireResponse("ok"))
    settings = Settings.load({"COINBASE_BASE_URL": httpserver.url_for("").rstrip("/")})
    client = HttpClient(settings, clock=Simulated())
    names = [Provider(f"p{n}", "P", f"http://host{n}.invalid", "none", Rate(1000)) for n in range(5)]
    problems = [str(problem_of(client, provider, Request("/x"))) for provider in names]
    assert all("cannot be reached" in problem and NO_NETWORK not in problem for problem in problems)
    assert problem_of(client, dataset("coinbase", "candles_1d").provider, Request("/x")) is None


def test_a_reached_host_proves_the_network(httpserver: HTTPServer) -> None:
    serve(httpserver, lambda _: WireResponse("ok"))
    client = client_of(httpserver)
    assert problem_of(client, OPEN, Request("/x")) is None
    for number in range(5):
        dead = Provider(f"p{number}", "P", f"http://host{number}.invalid", "none", Rate(1000))
        assert str(problem_of(client, dead, Request("/x"))).startswith(f"p{number}: host{number}.invalid cannot be")
    assert problem_of(client, OPEN, Request("/x")) is None


def test_what_all_subjects_share_is_requested_once(httpserver: HTTPServer) -> None:
    seen = serve(httpserver, lambda n: WireResponse("broken" if n == 1 else "list", 400 if n == 1 else 200))
    client = client_of(httpserver)
    assert problem_of(client, OPEN, Request("/x", subject="BTC", is_shared=True)) is not None
    bodies: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda n=n: bodies.append(client.request(OPEN, Request("/x", subject=str(n), is_shared=True)).body)  # type: ignore[misc]
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == [b"list"] * 8
    assert len(seen) == 2, "a failure is not shared"
