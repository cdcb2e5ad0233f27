"""Rate limits, against a loopback server that counts, on a simulated clock."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as WireRequest
from werkzeug import Response as WireResponse

from orchestration.ingest.http import HttpClient
from orchestration.ingest.rate_limit import Clock, RateLimiter, advised_pause, retry_after
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Request, SourceRejected, SourceUnavailable
from orchestration.sources.shared.provider import Provider, Rate, UsageHeaders
from orchestration.sources.shared.registry import datasets

NOON = datetime(2025, 5, 12, 12, tzinfo=UTC)
SLOW = Provider("acme", "Acme", "https://unused.invalid", "none", Rate(6, 10))
TWIN = Provider("acme_too", "Acme too", "https://unused.invalid", "none", Rate(6, 10), variable_stem="acme")


class Simulated(Clock):
    """A clock that stops while any thread of `crew` works, and then jumps to when the next one wakes."""

    def __init__(self, crew: int = 1) -> None:
        super().__init__()
        self._time = 0.0
        self._working = crew
        self._wakes: list[float] = []
        self._turn = threading.Condition()

    def now(self) -> float:
        return self._time

    def utc(self) -> datetime:
        return NOON + timedelta(seconds=self._time)

    def sleep(self, seconds: float) -> None:
        with self._turn:
            until = self._time + seconds
            self._wakes.append(until)
            self._rest()
            while self._time < until:
                self._turn.wait()

    def leave(self) -> None:
        with self._turn:
            self._rest()

    def _rest(self) -> None:
        self._working -= 1
        if self._working == 0 and self._wakes:
            self._time = min(self._wakes)
            woken = [wake for wake in self._wakes if wake <= self._time]
            self._wakes = [wake for wake in self._wakes if wake > self._time]
            self._working = len(woken)
            self._turn.notify_all()


class Counting:
    """A server that records the time of each request, by the same clock, and its weight."""

    def __init__(
        self, httpserver: HTTPServer, clock: Clock, reply: Callable[[int], WireResponse] | None = None
    ) -> None:
        self.asked: list[tuple[float, int]] = []
        self._clock, self._reply = clock, reply
        self.client = HttpClient(Settings.load({"ACME_BASE_URL": httpserver.url_for("")}), clock=clock)
        httpserver.expect_request("/x").respond_with_handler(self._respond)

    def _respond(self, request: WireRequest) -> WireResponse:
        self.asked.append((self._clock.now(), int(request.args.get("weight", 1))))
        return self._reply(len(self.asked)) if self._reply else WireResponse("ok")

    def most_within(self, seconds: float) -> int:
        """The largest weight requested within any `seconds`."""
        return max(sum(weight for at, weight in self.asked if last - seconds < at <= last) for last, _ in self.asked)

    def send_from_threads(self, clock: Simulated, *senders: Callable[[], None]) -> None:
        def work(sender: Callable[[], None]) -> None:
            try:
                sender()
            finally:
                clock.leave()

        threads = [threading.Thread(target=work, args=(sender,)) for sender in senders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
            assert not thread.is_alive()


def sender(server: Counting, provider: Provider, weights: list[int]) -> Callable[[], None]:
    def send() -> None:
        for weight in weights:
            server.client.request(provider, Request("/x", {"weight": str(weight)}, weight=weight))

    return send


def test_many_threads_never_exceed_the_rate_limit(httpserver: HTTPServer) -> None:
    clock = Simulated(crew=8)
    server = Counting(httpserver, clock)
    server.send_from_threads(clock, *(sender(server, SLOW, [1, 2, 3, 1]) for _ in range(8)))
    assert len(server.asked) == 32
    assert server.most_within(10) == 6
    whole = sum(weight for _, weight in server.asked)
    assert clock.now() < 1.3 * 10 * whole / 6, "and hardly less than it allows"


def test_a_request_that_took_long_to_arrive_lets_none_follow_too_early(httpserver: HTTPServer) -> None:
    clock = Simulated()
    server = Counting(httpserver, clock)
    httpserver.expect_request("/late").respond_with_handler(lambda request: late(clock, server))
    server.client.request(SLOW, Request("/late"))
    for _ in range(12):
        server.client.request(SLOW, Request("/x"))
    assert server.asked[0][0] == 4
    assert (len(server.asked), server.most_within(10)) == (13, 6)


def test_a_request_that_outlasted_its_window_still_counts_when_it_arrived() -> None:
    clock = Simulated()
    limiter = RateLimiter(clock)
    late = limiter.acquire(Rate(2, 2))
    clock.sleep(5)
    limiter.acquire(Rate(2, 2))
    limiter.arrived(late)
    limiter.acquire(Rate(2, 2))
    assert clock.now() > 7


def late(clock: Simulated, server: Counting) -> WireResponse:
    """A response to a request that was under way for four seconds."""
    clock.sleep(4)
    server.asked.append((clock.now(), 1))
    return WireResponse("ok")


def test_providers_at_one_address_with_one_key_are_counted_together(httpserver: HTTPServer) -> None:
    clock = Simulated(crew=4)
    server = Counting(httpserver, clock)
    server.send_from_threads(clock, *(sender(server, provider, [1] * 5) for provider in (SLOW, TWIN) * 2))
    assert (len(server.asked), server.most_within(10)) == (20, 6)


def test_a_ban_stops_requests_in_every_thread_and_is_reported_once(httpserver: HTTPServer) -> None:
    clock = Simulated(crew=8)
    banned = WireResponse("banned", 418, {"Retry-After": "7200"})
    server = Counting(httpserver, clock, lambda number: banned if number == 3 else WireResponse("ok"))
    one_by_one = Provider("acme", "Acme", "https://unused.invalid", "none", Rate(1, 1))
    printed: set[str] = set()

    def send() -> None:
        for _ in range(5):
            try:
                problem: Exception | None = server.client.request(one_by_one, Request("/x")).problem
            except SourceUnavailable as error:
                problem = error
            printed.update({str(problem)} if problem else ())

    server.send_from_threads(clock, *(send for _ in range(8)))
    assert len(server.asked) == 3
    assert printed == {
        "acme: returned 418; it requires a pause of 7200 s, so no more requests are sent in this run: "
        "run again after that"
    }


def test_a_429_pauses_every_thread_for_as_long_as_it_demands(httpserver: HTTPServer) -> None:
    clock = Simulated(crew=3)
    busy = WireResponse("slow down", 429, {"Retry-After": "7.5"})
    fast = Provider("acme", "Acme", "https://unused.invalid", "none", Rate(1, 1))
    server = Counting(httpserver, clock, lambda number: busy if number == 2 else WireResponse("ok"))
    server.send_from_threads(clock, *(sender(server, fast, [1, 1]) for _ in range(3)))
    gaps = [after - before for (before, _), (after, _) in pairwise(server.asked)]
    assert len(server.asked) == 7, "the refused one is requested again"
    assert gaps[1] == pytest.approx(9)
    assert max(gaps[2:]) < 2


def test_a_429_without_a_time_costs_a_whole_window_and_the_fifth_stops_requests(httpserver: HTTPServer) -> None:
    clock = Simulated()
    server = Counting(httpserver, clock, lambda _: WireResponse("", 429))
    response = server.client.request(SLOW, Request("/x"))
    assert "acme: returned 429; run again later" in str(response.problem)
    assert all(after - before > 10 for (before, _), (after, _) in pairwise(server.asked))
    with pytest.raises(SourceUnavailable, match="returned 429"):
        server.client.request(SLOW, Request("/x"))
    assert len(server.asked) == 5


def test_too_frequent_is_a_ban_of_ten_minutes_though_it_is_a_403(httpserver: HTTPServer) -> None:
    server = Counting(httpserver, Simulated(), lambda _: WireResponse("access too frequent", 403))
    problem = server.client.request(SLOW, Request("/x")).problem
    assert isinstance(problem, SourceUnavailable)
    assert "a pause of 600 s" in str(problem)
    with pytest.raises(SourceUnavailable, match="a pause of 600 s"):
        server.client.request(SLOW, Request("/x"))
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [403, 451])
def test_a_blocked_region_is_reported_once_and_stops_requests(httpserver: HTTPServer, status: int) -> None:
    server = Counting(httpserver, Simulated(), lambda _: WireResponse("restricted location", status))
    first = server.client.request(SLOW, Request("/x", subject="BTC")).problem
    with pytest.raises(SourceRejected) as second:
        server.client.request(TWIN, Request("/x", subject="ETH"))
    assert str(second.value) == str(first)
    assert "unavailable here (restricted location)" in str(first)
    assert "set ACME_BASE_URL to a host that responds" in str(first)
    assert len(server.asked) == 1


def test_a_403_about_one_request_allows_the_next_one(httpserver: HTTPServer) -> None:
    by_plan = Provider("acme", "Acme", "https://unused.invalid", "none", Rate(6, 10), is_blocked_by_403=False)
    server = Counting(httpserver, Simulated(), lambda number: WireResponse("plan", 403 if number == 1 else 200))
    assert isinstance(server.client.request(by_plan, Request("/x")).problem, SourceRejected)
    assert server.client.request(by_plan, Request("/x")).problem is None


def test_a_run_slows_down_before_the_limit(httpserver: HTTPServer) -> None:
    """Binance returns the weight used in the running minute: another program on this machine used the rest."""
    clock = Simulated()
    binance = Provider(
        "acme",
        "Acme",
        "https://unused.invalid",
        "none",
        Rate(6000, 60),
        usage_headers=UsageHeaders(used="X-Used", default_limit=6000),
    )
    used = {1: "5600", 2: "5800"}
    server = Counting(httpserver, clock, lambda number: WireResponse("ok", headers={"X-Used": used.get(number, "2")}))
    for _ in range(4):
        assert server.client.request(binance, Request("/x", weight=2)).problem is None
    assert [at for at, _ in server.asked] == [0, 0, 61, 61]


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Remaining": "10", "Limit": "20", "Reset": "1747051230000"}, None),
        ({"Remaining": "1", "Limit": "20", "Reset": "1747051230000"}, 30),
        ({"Remaining": "0", "Reset": "1747051230"}, 30),
        ({"Remaining": "0", "Limit": "20", "Reset": "12"}, 12),
        ({"Remaining": "0", "Limit": "20", "Reset": "1747051100000"}, 0),
        ({"Remaining": "0", "Limit": "20"}, 60),
        ({"Used": "28", "Limit": "30"}, None),
        ({"Used": "29", "Limit": "30"}, 60),
        ({"Used": "many", "Limit": "30"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_headers_show_when_to_pause_and_until_when(headers: dict[str, str], pause: float | None) -> None:
    meter = UsageHeaders(used="Used", remaining="Remaining", limit="Limit", reset="Reset")
    assert advised_pause(meter, Rate(20, 60), headers, NOON) == pause


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120),
        ("2.5", 2.5),
        ("-3", 0),
        ("Mon, 12 May 2025 12:01:30 GMT", 90),
        ("Mon, 12 May 2025 11:00:00 GMT", 0),
        ("soon", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOON) == seconds


def test_a_request_heavier_than_the_limit_waits_for_a_whole_window_and_is_sent() -> None:
    clock = Simulated()
    pace = RateLimiter(clock)
    for _ in range(2):
        pace.acquire(Rate(3, 60), weight=5)
    assert 60 < clock.now() < 62
    assert round(pace.waited_seconds) == round(clock.now())


def test_time_in_which_several_wait_counts_once(httpserver: HTTPServer) -> None:
    clock = Simulated(crew=3)
    server = Counting(httpserver, clock)
    server.send_from_threads(clock, *(sender(server, SLOW, [6]) for _ in range(3)))
    assert server.client.rate_limiter(SLOW).waited_seconds == pytest.approx(clock.now(), abs=0.01)


def test_providers_that_share_an_address_and_a_key_share_their_rate_or_have_one_each() -> None:
    """OKX counts by endpoint; all other providers that share an address and a key declare the same limit."""
    by_address: dict[tuple[str, str | None], set[Rate]] = {}
    for provider in {dataset.provider for dataset in datasets() if dataset.file_pattern is None}:
        by_address.setdefault((provider.default_url, provider.api_key_variable), set()).add(provider.rate)
    assert {address for (address, _), rates in by_address.items() if len(rates) > 1} <= {"https://www.okx.com"}
