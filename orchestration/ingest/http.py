"""How a provider is asked: one session, timeouts, retries, politeness, and two kinds of failure.

`SourceRejected`: a rerun can't help (wrong symbol, missing key, blocked region). `SourceUnavailable`: it may.
Every attempt, retries included, waits for its turn in the address's pace (`ingest.rate_limit`). A ban, a blocked
region, an address that can't be reached and one that failed a few times in a row end the asking for the whole run, in
every thread, and are said once. What goes wrong within a request is one of the two, whatever the library calls it.
Of a body only this is known here: what its provider declares to mean "too many requests" (`Provider.rate_limit_body`).
"""

import http.client
import math
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version as package_version
from time import sleep
from typing import Self
from urllib.parse import urlsplit

import requests
import urllib3
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from orchestration.ingest.rate_limit import Clock, Problem, RateLimiter, advised_pause, retry_after
from orchestration.ingest.reachability import accepts_any
from orchestration.ingest.sessions import MOST_REDIRECTS, Session, is_loopback, proxy_variable
from orchestration.redaction import spellings
from orchestration.settings import Settings, version
from orchestration.sources.shared.contract import NotSent, Request, SourceRejected, SourceUnavailable
from orchestration.sources.shared.provider import Provider

CONNECT_TIMEOUT_SECONDS = 5
READ_TIMEOUT_SECONDS = 60
ATTEMPTS = 5
CONNECT_ATTEMPTS = 2
"""Of a host that can't be reached: nothing listens there, or there is no way to it."""
GIVEN_UP_IN_A_ROW = 3
"""So many requests to an address that failed for good, and none between them that was answered, end the asking."""
DEAD_PROVIDERS = 3
"""So many providers left alone, and none that answered, mean that the trouble is not theirs: no more is retried."""
UNREACHED_HOSTS = 3
"""So many hosts that can't be reached, and none that was, mean that there is no network."""
LONGEST_WAIT_SECONDS = 60
"""A provider that asks for more is left alone until the next run."""
PASSING = frozenset({408, 418, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
TOO_MANY = frozenset({418, 429})
TOO_OFTEN = re.compile(r"too (frequent|many)", re.IGNORECASE)
"""What a 403 says that means "too many requests", as Bybit's "access too frequent" does, which asks for ten minutes."""
BAN_SECONDS = 600
TOO_MANY_IN_WORDS = re.compile(
    rb"too[ _]many[ _](requests|visits)|rate[ _]?limit[^\"]{0,3}(exceeded|reached|error)|access too frequent",
    re.IGNORECASE,
)
"""What a short body with status 200 says in plain words, of any provider."""
SHORT_BODY_BYTES = 2_000
"""Longer bodies hold figures, and no error."""
UNREACHED = "cannot be reached"
NO_NETWORK = "no network"
RUN_AGAIN = "and run again"


@dataclass(frozen=True)
class HttpResponse:
    """The final answer: `url` without secrets and without the port of a loopback server."""

    url: str
    status: int
    body: bytes
    problem: Problem | None = None


class _Passing(Exception):
    """An attempt that failed in a way that may pass.

    `attempts`: how often it is tried. `ends_all`: when it does not pass, nothing else will come through.
    `is_unreached`: nobody was there. `is_told_when`: the provider said how long to wait, and the pace keeps that
    silence. `failures`: how many attempts at this address failed in a row, of all threads.
    """

    def __init__(
        self,
        reason: str,
        answer: HttpResponse | None = None,
        attempts: int = ATTEMPTS,
        ends_all: bool = False,
        is_unreached: bool = False,
        is_told_when: bool = False,
    ) -> None:
        super().__init__(reason)
        self.answer = answer
        self.attempts = attempts
        self.ends_all = ends_all
        self.is_unreached = is_unreached
        self.is_told_when = is_told_when
        self.failures = 0


class HttpClient:
    """Asks providers, politely. One per run; safe to share between threads."""

    def __init__(self, settings: Settings, pause: Callable[[float], None] = sleep, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or Clock(pause, settings.wall_clock)
        self._threads = threading.local()
        self._paces: dict[tuple[str, str | None], RateLimiter] = {}
        self._shared: dict[tuple[str, str], _Shared] = {}
        self._unreached: dict[str, str] = {}
        self._was_reached = False
        self._dead: set[str] = set()
        self._has_answered = False
        self._ended: Problem | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Sessions end with their threads."""

    def pace(self, provider: Provider) -> RateLimiter:
        """The pace that `provider` shares with whoever has the same address and key."""
        with self._lock:
            key = (self._settings.base_url(provider), provider.api_key_variable)
            return self._paces.setdefault(key, RateLimiter(self._clock))

    def ask(self, provider: Provider, request: Request) -> HttpResponse:
        """The provider's answer, whatever its status; `problem` says what is wrong with it.

        Raises SourceUnavailable when no answer came at all or the address has banned this machine, and SourceRejected
        when a required key is missing or the address does not serve this region.
        """
        if not request.is_shared:
            return self._ask(provider, request)
        with self._lock:
            shared = self._shared.setdefault((provider.name, request.as_sent), _Shared())
        # Whoever comes first requests it; the others wait for that answer, unless it was none.
        with shared.lock:
            answer = shared.answer or self._ask(provider, request)
            shared.answer = answer if answer.status == 200 and answer.problem is None else None
        return answer

    def _ask(self, provider: Provider, request: Request) -> HttpResponse:
        if refusal := self._settings.refusal(provider):
            raise SourceRejected(refusal)
        attempts = Retrying(
            retry=retry_if_exception_type(_Passing),
            stop=self._is_enough,
            wait=_wait,
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            answer = attempts(self._attempt, provider, request)
        except _Passing as failure:
            problem = self._given_up(provider, request, failure)
            if failure.answer is None:
                raise problem from None
            return HttpResponse(failure.answer.url, failure.answer.status, failure.answer.body, problem)
        if answer.status == 401 and provider.api_key_variable and answer.problem:
            self._count_given_up(provider, f"the key was refused; check {provider.api_key_variable}")
        return answer

    def _is_enough(self, state: RetryCallState) -> bool:
        """No further attempt: this request had its own, or its address as many for everybody, or all providers fail."""
        failure = state.outcome.exception() if state.outcome else None
        if not isinstance(failure, _Passing):
            return True
        if len(self._dead) >= DEAD_PROVIDERS and not self._has_answered:
            return True
        return max(state.attempt_number, failure.failures) >= failure.attempts

    def _given_up(self, provider: Provider, request: Request, failure: _Passing) -> Problem:
        """What a request came to that failed for good, and what that means for the others."""
        if failure.is_unreached:
            return self._not_reached(provider, str(failure))
        where = provider.name if failure.ends_all else _where(provider, request)
        problem: Problem = SourceUnavailable(f"{where}: {failure}; run again later")
        if failure.ends_all:
            return self.pace(provider).end(problem)
        self._count_given_up(provider, f"{failure}; run again later")
        return problem

    def _count_given_up(self, provider: Provider, why: str) -> None:
        pace = self.pace(provider)
        if pace.gave_up() >= GIVEN_UP_IN_A_ROW:
            self._dead.add(provider.name)
            pace.end(
                NotSent(
                    f"{provider.name}: {GIVEN_UP_IN_A_ROW} requests in a row failed, so the remaining ones of this run "
                    f"were not sent: {why}"
                )
            )

    def _not_reached(self, provider: Provider, why: str) -> Problem:
        """The host is left alone in this run, and all others where this is the third one and none was reached."""
        url = self._settings.base_url(provider)
        with self._lock:
            self._unreached[_door(url)] = why
            if len(self._unreached) >= UNREACHED_HOSTS and not self._was_reached and not self._is_anyone_there(url):
                hosts = ", ".join(self._unreached)
                self._ended = self._ended or NotSent(
                    f"{NO_NETWORK}: {hosts} {UNREACHED} ({why}), and nothing else was requested; check the connection "
                    f"(and the proxy, where there is one) {RUN_AGAIN}"
                )
            if self._ended:
                return self._ended
        return self.pace(provider).end(_unreached(provider, url, why))

    def _is_anyone_there(self, url: str) -> bool:
        """Whether any other provider's host accepts a connection: some networks block a few of them alone."""
        if self._ended is None and proxy_variable(url) is None:
            others = [other for other in self._settings.base_urls() if _door(other) not in self._unreached]
            self._was_reached = accepts_any(others, CONNECT_TIMEOUT_SECONDS)
        return self._was_reached

    def _attempt(self, provider: Provider, request: Request) -> HttpResponse:
        headers = self._key_headers(provider)
        pace = self.pace(provider)
        base = self._settings.base_url(provider)
        with self._lock:
            if self._ended:
                raise self._ended
            if _door(base) in self._unreached:
                raise _unreached(provider, base, self._unreached[_door(base)])
        turn = pace.acquire(provider.rate if self._settings.is_paced else None, request.weight)
        try:
            reply = self._send(provider, request, base, headers)
        except _Passing as failure:
            failure.failures = pace.failed(turn)
            raise
        except SourceUnavailable as problem:
            pace.failed(turn)
            self._count_given_up(provider, str(problem))
            raise
        except BaseException:
            pace.unsure(turn)
            raise
        self._was_reached = True
        answer = HttpResponse(
            _public_url(base + request.path), reply.status_code, self._without_key(provider, reply.content)
        )
        advised = advised_pause(provider.usage_headers, provider.rate, reply.headers, self._clock.utc())
        if advised is not None:
            self._keep_quiet(provider, advised, "has used up what it may ask for", pace)
        try:
            judged = self._judge(provider, request, reply, answer, pace)
        except _Passing as failure:
            if failure.ends_all:
                pace.answered()
            else:
                failure.failures = pace.failed(turn)
            raise
        self._has_answered = self._has_answered or judged.problem is None
        if reply.status_code == 401:
            pace.unsure(turn)
        else:
            pace.answered()
        return judged

    def _send(self, provider: Provider, request: Request, base: str, headers: dict[str, str]) -> requests.Response:
        """One request on the wire. Whatever is raised is _Passing, SourceUnavailable or SourceRejected."""
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
            raise _Passing("the compressed body was damaged") from None
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise _broken(error, url) from None
        except requests.TooManyRedirects:
            raise SourceUnavailable(
                f"{_where(provider, request)}: it redirects without an end (more than {MOST_REDIRECTS} times); "
                f"run again later, or set {provider.url_variable} to a host that answers"
            ) from None
        # The rest are requests that no library would send: OSError is a missing file of certificates.
        except (
            requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError, OSError,
        ) as error:  # fmt: skip
            raise SourceRejected(f"{_where(provider, request)}: {_unsendable(error, provider, url)}") from None

    def _judge(
        self, provider: Provider, request: Request, reply: requests.Response, answer: HttpResponse, pace: RateLimiter
    ) -> HttpResponse:
        status = reply.status_code
        said = _excerpt(answer.body.decode("utf-8", "replace"))
        patterns = (TOO_MANY_IN_WORDS, provider.rate_limit_body)
        has_too_many = status == 200 and any(_says(pattern, answer.body) for pattern in patterns)
        if status == 200 and not has_too_many:
            if _says(provider.transient_error_body, answer.body):
                raise _Passing(f"answered 200 with an error ({said})", answer)
            return answer
        wait = retry_after(reply.headers.get("Retry-After"), self._clock.utc())
        if status == 403 and TOO_OFTEN.search(said):
            wait = max(wait or 0.0, BAN_SECONDS)
        elif status not in PASSING and not has_too_many:
            return HttpResponse(answer.url, status, answer.body, self._rejection(provider, request, status, said))
        is_told_when = wait is not None
        is_limit = status in TOO_MANY or has_too_many
        if wait is None and is_limit:
            wait = provider.rate.seconds
        words = f"answered 200 with an error ({said})" if has_too_many else f"answered {status}"
        problem = self._keep_quiet(provider, wait, words, pace) if wait is not None else None
        if problem:
            return HttpResponse(answer.url, status, answer.body, problem)
        raise _Passing(words, answer, ends_all=is_limit, is_told_when=is_told_when)

    def _keep_quiet(self, provider: Provider, seconds: float, why: str, pace: RateLimiter) -> Problem | None:
        """Wait for so long, all threads together; or end the asking when that is too long to wait for."""
        if seconds <= LONGEST_WAIT_SECONDS:
            # Providers round down what they tell: one second more than the next full one is on the safe side.
            pace.pause(math.ceil(seconds) + 1 if seconds else 0)
            return None
        return pace.end(
            SourceUnavailable(
                f"{provider.name}: {why} and asked for {seconds:.0f} s of silence; nothing more is asked of it in "
                "this run: run again after that"
            )
        )

    def _rejection(self, provider: Provider, request: Request, status: int, said: str) -> Problem:
        has_key = self._settings.api_key(provider) is not None
        if status == 451 or (status == 403 and provider.is_blocked_by_403 and not has_key):
            return self.pace(provider).end(
                SourceRejected(
                    f"{provider.name}: answered {status}, unavailable here ({said}); nothing more is asked of it in "
                    f"this run: set {provider.url_variable} to a host that answers, or rely on other sources"
                )
            )
        where = f"{_where(provider, request)}: answered {status}"
        if 300 <= status < 400:
            return SourceRejected(f"{where}, a redirect not followed; set {provider.url_variable} to where it leads")
        if status == 403:
            return SourceRejected(
                f"{where}: refused here ({said}); set {provider.url_variable} to a host that answers, or check the key"
            )
        if status == 401 and provider.api_key_variable:
            return SourceRejected(f"{where}: the key was refused ({said}); check {provider.api_key_variable}")
        return SourceRejected(f"{where} ({said}); check the subject and the window")

    def _key_headers(self, provider: Provider) -> dict[str, str]:
        key = self._settings.api_key(provider)
        if provider.key_header is None or key is None:
            if provider.key_required:
                raise SourceRejected(f"{provider.name} needs a key: set {provider.api_key_variable}")
            return {}
        return {provider.key_header: key.get_secret_value()}

    def _without_key(self, provider: Provider, body: bytes) -> bytes:
        """The body as it came, but for a key that an error echoes: it never reaches a file."""
        key = self._settings.api_key(provider)
        if key:
            written = {key.get_secret_value(), *spellings(key.get_secret_value())}
            encoded = {form.encode() for form in written} | {form.encode("latin-1", "replace") for form in written}
            for form in sorted(encoded, key=len, reverse=True):
                body = body.replace(form, b"[key]")
        return body

    def _session(self) -> requests.Session:
        # A requests.Session is not promised to be safe between threads: one each.
        if not hasattr(self._threads, "session"):
            session = Session()
            session.headers["User-Agent"] = (
                f"crypto-market-warehouse/{version()} python-requests/{package_version('requests')}"
            )
            self._threads.session = session
        return self._threads.session  # type: ignore[no-any-return]


class _Shared:
    """An answer that several subjects have in common, once it is there."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.answer: HttpResponse | None = None


def _wait(state: RetryCallState) -> float:
    """A growing pause, unless the provider said when to come back."""
    failure = state.outcome.exception() if state.outcome else None
    if isinstance(failure, _Passing) and failure.is_told_when:
        return 0.0
    return float(wait_exponential_jitter(initial=1, max=30)(state))


def _broken(error: requests.RequestException, url: str) -> _Passing:
    """A connection that was not made, or that broke."""
    if isinstance(error, requests.exceptions.ProxyError):
        why = f"through the proxy of {proxy_variable(url) or 'the environment'}"
        return _Passing(why, attempts=CONNECT_ATTEMPTS, ends_all=True, is_unreached=True)
    if isinstance(error, requests.exceptions.SSLError):
        why = "the connection is not safe (its certificate was refused); check the clock and REQUESTS_CA_BUNDLE"
        return _Passing(why, attempts=CONNECT_ATTEMPTS, ends_all=True)
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if not isinstance(cause, NewConnectionError | ConnectTimeoutError):
        return _Passing(f"no complete answer ({type(error).__name__})")
    asked = error.request.url if error.request is not None else None
    if asked and _door(asked) != _door(url):
        return _Passing("it redirects to a host that cannot be reached", attempts=CONNECT_ATTEMPTS)
    if isinstance(cause, NameResolutionError):
        why = "its name is not known"
    else:
        why = "no connection was made" if isinstance(cause, NewConnectionError) else "no connection in time"
    return _Passing(why, attempts=CONNECT_ATTEMPTS, ends_all=True, is_unreached=True)


def _unsendable(error: Exception, provider: Provider, url: str) -> str:
    """Why a request could not be sent, without what the library says: it quotes headers and addresses."""
    kind, proxy = type(error).__name__, proxy_variable(url)
    if proxy and "SOCKS" in str(error):
        return f"{proxy} names a SOCKS proxy, which needs the package PySocks: install it, or name an HTTP proxy"
    if proxy and ("Proxy" in kind or "proxy" in str(error).lower()):
        return f"{proxy} names no proxy that can be used; set it to http://HOST:PORT"
    if isinstance(error, requests.exceptions.InvalidHeader):
        return f"the key does not fit into a header; check {provider.api_key_variable}"
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        return f"no connection could be prepared ({kind}); check the file that REQUESTS_CA_BUNDLE names"
    return (
        f"it leads to an address that can't be requested ({kind}); run again later, or set {provider.url_variable} to "
        "a host that answers"
    )


def _unreached(provider: Provider, url: str, why: str) -> NotSent:
    return NotSent(
        f"{provider.name}: {_door(url)} {UNREACHED} ({why}); check the connection, {provider.url_variable}, {RUN_AGAIN}"
    )


def _door(url: str) -> str:
    """The host that a request to `url` connects to, as people would name it."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _says(pattern: re.Pattern[bytes] | None, body: bytes) -> bool:
    return bool(pattern and len(body) <= SHORT_BODY_BYTES and pattern.search(body))


def _where(provider: Provider, request: Request) -> str:
    return f"{provider.name} {request.path} for {request.subject}"


def _excerpt(text: str) -> str:
    words = " ".join(text[:1000].split())
    return words[:160] + ("…" if len(words) > 160 else "")


def _public_url(url: str) -> str:
    """The address without credentials; a loopback server's port changes with every start and says nothing."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port and not is_loopback(url) else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"
