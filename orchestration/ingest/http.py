"""The HTTP client of a run: one session per thread, timeouts, retries, rate limits, and two kinds of failure.

`SourceRejected`: a rerun can't help (wrong symbol, missing key, blocked region). `SourceUnavailable`: it may.
Every attempt, retries included, waits for the address's rate limiter (`ingest.rate_limit`). A ban, a blocked region, an
unreachable address, and an address that failed a few times in a row stop all requests to it for the rest of the run, in
every thread, and are reported once. Whatever a library raises within a request becomes one of the two.
"""

import http.client
import math
import threading
from collections.abc import Callable
from importlib.metadata import version as package_version
from typing import Self

import requests
import urllib3
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from orchestration.ingest.hosts import Hosts
from orchestration.ingest.http_response import (
    RATE_LIMIT_STATUSES,
    TOO_FREQUENT,
    TRANSIENT_STATUSES,
    HttpResponse,
    is_region_block,
    public_url,
    region_block,
    rejection,
    without_key,
)
from orchestration.ingest.rate_limit import Clock, Problem, RateLimiter, advised_pause, retry_after
from orchestration.ingest.retry import TransientError, backoff_seconds, connection_error, failure_of, unsendable
from orchestration.ingest.sessions import MOST_REDIRECTS, Session
from orchestration.settings import Settings, version
from orchestration.sources.shared.contract import NotSent, Request, SourceRejected, SourceUnavailable
from orchestration.sources.shared.provider import Provider

CONNECT_TIMEOUT_SECONDS = 5
READ_TIMEOUT_SECONDS = 60
FINAL_FAILURES_IN_A_ROW = 3
"""After this many requests to an address that failed for good, with no success between them, no more are sent."""
FAILED_PROVIDERS = 3
"""After this many failed providers, and none that responded, the fault is ours or the network's: no more retries."""
LONGEST_WAIT_SECONDS = 60
"""A provider that demands a longer pause is left alone until the next run."""
BAN_SECONDS = 600


class HttpClient:
    """Sends requests to providers within their limits. One per run; safe to share between threads."""

    def __init__(
        self, settings: Settings, pause: Callable[[float], object] | None = None, clock: Clock | None = None
    ) -> None:
        self._settings = settings
        self._stopped = threading.Event()
        self._clock = clock or Clock(pause or self._stopped.wait, settings.wall_clock)
        self._threads = threading.local()
        self._rate_limiters: dict[tuple[str, str | None], RateLimiter] = {}
        self._shared: dict[tuple[str, str], _SharedResponse] = {}
        self._hosts = Hosts(settings)
        self._failed_providers: set[str] = set()
        self._had_success = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Sessions end with their threads."""

    def stop(self) -> None:
        """Send no more requests, and end all waiting: the run is about to fail."""
        self._stopped.set()

    def rate_limiter(self, provider: Provider) -> RateLimiter:
        """The rate limiter that all providers with the same address and key share."""
        with self._lock:
            key = (self._settings.base_url(provider), provider.api_key_variable)
            return self._rate_limiters.setdefault(key, RateLimiter(self._clock))

    def request(self, provider: Provider, request: Request) -> HttpResponse:
        """The provider's response, whatever its status; `problem` is what is wrong with it.

        Raises SourceUnavailable when there was no response or the address has banned this machine, and SourceRejected
        when a required key is missing or the address does not serve this region.
        """
        if not request.is_shared:
            return self._request(provider, request)
        with self._lock:
            shared = self._shared.setdefault((provider.name, request.as_sent), _SharedResponse())
        # The first thread sends the request; the others wait for its response, and send their own if it failed.
        with shared.lock:
            response = shared.response or self._request(provider, request)
            shared.response = response if response.status == 200 and response.problem is None else None
        return response

    def _request(self, provider: Provider, request: Request) -> HttpResponse:
        if refusal := self._settings.refusal(provider):
            raise SourceRejected(refusal)
        attempts = Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=self._is_last_attempt,
            wait=backoff_seconds,
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            response = attempts(self._attempt, provider, request)
        except TransientError as failure:
            problem = self._final_failure(provider, request, failure)
            if failure.response is None:
                raise problem from None
            return HttpResponse(failure.response.url, failure.response.status, failure.response.body, problem)
        if response.status == 401 and provider.api_key_variable and response.problem:
            self._count_final_failure(provider, f"the key was refused; check {provider.api_key_variable}")
        return response

    def _is_last_attempt(self, state: RetryCallState) -> bool:
        """The request used its attempts, or all threads together used those of the address, or all providers fail."""
        failure = failure_of(state)
        if failure is None or (len(self._failed_providers) >= FAILED_PROVIDERS and not self._had_success):
            return True
        return max(state.attempt_number, failure.failures) >= failure.attempts

    def _final_failure(self, provider: Provider, request: Request, failure: TransientError) -> Problem:
        """The problem of a request that failed for good, after drawing the conclusions for other requests."""
        if failure.is_unreachable:
            problem, concerns_all = self._hosts.mark_unreachable(
                provider, self._settings.base_url(provider), str(failure)
            )
            return self._close_all(problem) if concerns_all else self.rate_limiter(provider).close(problem)
        where = provider.name if failure.closes_host else _where(provider, request)
        problem = SourceUnavailable(f"{where}: {failure}; run again later")
        if failure.closes_host:
            return self.rate_limiter(provider).close(problem)
        self._count_final_failure(provider, f"{failure}; run again later")
        return problem

    def _close_all(self, problem: Problem) -> Problem:
        with self._lock:
            rate_limiters = list(self._rate_limiters.values())
        for rate_limiter in rate_limiters:
            rate_limiter.close(problem)
        return problem

    def _count_final_failure(self, provider: Provider, reason: str) -> None:
        rate_limiter = self.rate_limiter(provider)
        if rate_limiter.give_up() >= FINAL_FAILURES_IN_A_ROW:
            self._failed_providers.add(provider.name)
            rate_limiter.close(
                NotSent(
                    f"{provider.name}: {FINAL_FAILURES_IN_A_ROW} requests in a row failed, so the remaining ones of "
                    f"this run were not sent: {reason}"
                )
            )

    def _attempt(self, provider: Provider, request: Request) -> HttpResponse:
        headers = self._key_headers(provider)
        rate_limiter = self.rate_limiter(provider)
        base = self._settings.base_url(provider)
        self._hosts.check(provider, base)
        permit = rate_limiter.acquire(provider.rate if self._settings.is_rate_limited else None, request.weight)
        failures = permit.failures
        if self._stopped.is_set():
            rate_limiter.inconclusive(failures)
            raise NotSent(f"{provider.name}: the run ended before this was requested")
        try:
            reply = self._send(provider, request, base, headers)
        except TransientError as failure:
            failure.failures = rate_limiter.failed(failures)
            raise
        except SourceUnavailable as problem:
            rate_limiter.failed(failures)
            self._count_final_failure(provider, str(problem))
            raise
        except BaseException:
            rate_limiter.inconclusive(failures)
            raise
        finally:
            rate_limiter.arrived(permit)
        self._hosts.reached()
        advised = advised_pause(provider.usage_headers, provider.rate, reply.headers, self._clock.utc())
        if advised is not None:
            self._pause(provider, advised, "the request limit is used up", rate_limiter)
        try:
            response = self._judge(provider, request, reply, rate_limiter)
        except TransientError as failure:
            if failure.closes_host:
                rate_limiter.succeeded()
            else:
                failure.failures = rate_limiter.failed(failures)
            raise
        self._had_success = self._had_success or response.problem is None
        if reply.status_code == 401:
            rate_limiter.inconclusive(failures)
        else:
            rate_limiter.succeeded()
        return response

    def _send(self, provider: Provider, request: Request, base: str, headers: dict[str, str]) -> requests.Response:
        """One request on the wire. Raises TransientError, SourceUnavailable or SourceRejected, and nothing else."""
        url = base + request.path
        try:
            return self._session().request(
                "POST" if request.json_body is not None else "GET",
                url,
                params=dict(request.params),
                json=dict(request.json_body) if request.json_body is not None else None,
                headers=headers,
                timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
                # requests would carry a key header over to another host.
                allow_redirects=not headers,
            )
        except requests.exceptions.ContentDecodingError:
            raise TransientError("the compressed body was damaged") from None
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise connection_error(error, url) from None
        except requests.TooManyRedirects:
            raise SourceUnavailable(
                f"{_where(provider, request)}: it redirects without an end (more than {MOST_REDIRECTS} times); "
                f"run again later, or set {provider.url_variable} to a host that responds"
            ) from None
        # The rest are requests that can't be sent; an OSError is a missing certificate file.
        except (
            requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError, OSError,
        ) as error:  # fmt: skip
            raise SourceRejected(f"{_where(provider, request)}: {unsendable(error, provider, url)}") from None

    def _judge(
        self, provider: Provider, request: Request, reply: requests.Response, rate_limiter: RateLimiter
    ) -> HttpResponse:
        """The response with its problem, if any. Raises TransientError for a response that is worth a retry."""
        base = self._settings.base_url(provider)
        key = self._settings.api_key(provider)
        body = without_key(reply.content, key.get_secret_value()) if key else reply.content
        response = HttpResponse(public_url(base + request.path), reply.status_code, body)
        status, excerpt = response.status, response.excerpt
        is_limit_in_200 = response.is_rate_limit_in_200(provider)
        if status == 200 and not is_limit_in_200:
            if response.is_server_error_in_200(provider):
                raise TransientError(f"returned 200 with an error ({excerpt})", response)
            return response
        wait = retry_after(reply.headers.get("Retry-After"), self._clock.utc())
        if status == 403 and TOO_FREQUENT.search(excerpt):
            wait = max(wait or 0.0, BAN_SECONDS)
        elif status not in TRANSIENT_STATUSES and not is_limit_in_200:
            return self._rejected(provider, request, response, rate_limiter)
        has_retry_after = wait is not None
        is_limit = status in RATE_LIMIT_STATUSES or is_limit_in_200
        if wait is None and is_limit:
            wait = provider.rate.seconds
        reason = f"returned 200 with an error ({excerpt})" if is_limit_in_200 else f"returned {status}"
        problem = self._pause(provider, wait, reason, rate_limiter) if wait is not None else None
        if problem:
            return HttpResponse(response.url, status, body, problem)
        raise TransientError(reason, response, closes_host=is_limit, has_retry_after=has_retry_after)

    def _pause(self, provider: Provider, seconds: float, reason: str, rate_limiter: RateLimiter) -> Problem | None:
        """Pause all threads for `seconds`; when that is too long, stop all requests instead and return why."""
        if seconds <= LONGEST_WAIT_SECONDS:
            # Providers round the time down, so one second more than the next full one is safe.
            rate_limiter.pause(math.ceil(seconds) + 1 if seconds else 0)
            return None
        return rate_limiter.close(
            SourceUnavailable(
                f"{provider.name}: {reason}; it requires a pause of {seconds:.0f} s, so no more requests are sent in "
                "this run: run again after that"
            )
        )

    def _rejected(
        self, provider: Provider, request: Request, response: HttpResponse, rate_limiter: RateLimiter
    ) -> HttpResponse:
        has_key = self._settings.api_key(provider) is not None
        problem: Problem
        if is_region_block(provider, response.status, has_key):
            problem = rate_limiter.close(region_block(provider, response))
        else:
            problem = rejection(provider, _where(provider, request), response)
        return HttpResponse(response.url, response.status, response.body, problem)

    def _key_headers(self, provider: Provider) -> dict[str, str]:
        key = self._settings.api_key(provider)
        if provider.key_header is None or key is None:
            if provider.key_required:
                raise SourceRejected(f"{provider.name} needs a key: set {provider.api_key_variable}")
            return {}
        return {provider.key_header: key.get_secret_value()}

    def _session(self) -> requests.Session:
        # requests does not promise that a Session is safe between threads: one each.
        if not hasattr(self._threads, "session"):
            session = Session()
            session.headers["User-Agent"] = (
                f"crypto-market-warehouse/{version()} python-requests/{package_version('requests')}"
            )
            self._threads.session = session
        return self._threads.session  # type: ignore[no-any-return]


class _SharedResponse:
    """A response that several subjects share, once it exists."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.response: HttpResponse | None = None


def _where(provider: Provider, request: Request) -> str:
    return f"{provider.name} {request.path} for {request.subject}"
