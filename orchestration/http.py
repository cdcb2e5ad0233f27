"""How a provider is asked: one session, timeouts, retries, politeness, and two kinds of failure.

`SourceRejected`: a rerun can't help (wrong symbol, missing key, blocked region). `SourceUnavailable`: it may.
Every attempt, retries included, passes the provider's rate limiter, which all threads of a run share.
Nothing here knows what a body means.
"""

import email.utils
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from time import sleep
from typing import Self
from urllib.parse import urlsplit

import requests
from pyrate_limiter import Limiter, Rate
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from orchestration.settings import Settings, version
from orchestration.sources.contract import BLOCKED, Provider, Request, SourceRejected, SourceUnavailable

CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 60
ATTEMPTS = 5
LONGEST_WAIT_SECONDS = 60
"""A provider that asks for more is left alone until the next run."""
PASSING = frozenset({408, 418, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})


@dataclass(frozen=True)
class Answer:
    """The final answer: `url` without secrets and without the port of a loopback server."""

    url: str
    status: int
    body: bytes
    problem: SourceRejected | SourceUnavailable | None = None


class _Passing(Exception):
    """An attempt that failed in a way that may pass."""

    def __init__(self, reason: str, wait_seconds: float | None = None, answer: Answer | None = None) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds
        self.answer = answer


class HttpClient:
    """Asks providers, politely. One per run; safe to share between threads."""

    def __init__(self, settings: Settings, pause: Callable[[float], None] = sleep) -> None:
        self._settings = settings
        self._pause = pause
        self._threads = threading.local()
        self._limiters: dict[str, Limiter] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the limiters' threads, which would otherwise outlive the run."""
        for limiter in self._limiters.values():
            limiter.close()

    def ask(self, provider: Provider, request: Request) -> Answer:
        """The provider's answer, whatever its status; `problem` says what is wrong with it.

        Raises SourceUnavailable when no answer came at all, and SourceRejected when a required key is missing.
        """
        attempts = Retrying(
            retry=retry_if_exception_type(_Passing),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            sleep=self._pause,
            reraise=True,
        )
        try:
            return attempts(self._attempt, provider, request)
        except _Passing as failure:
            problem = SourceUnavailable(f"{_where(provider, request)}: {failure}; run again later")
            if failure.answer is None:
                raise problem from None
            return Answer(failure.answer.url, failure.answer.status, failure.answer.body, problem)

    def _attempt(self, provider: Provider, request: Request) -> Answer:
        headers = self._key_headers(provider)
        if self._settings.is_paced:
            self._limiter(provider).try_acquire(provider.name, weight=request.weight)
        base = self._settings.base_url(provider)
        try:
            reply = self._session().request(
                "POST" if request.json_body is not None else "GET",
                base + request.path,
                params=dict(request.params),
                json=dict(request.json_body) if request.json_body is not None else None,
                headers=headers,
                timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
                # requests would carry a key header over to another host.
                allow_redirects=not headers,
            )
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise _Passing(f"no complete answer ({type(error).__name__})") from None
        except requests.exceptions.ContentDecodingError:
            raise _Passing("the compressed body was damaged") from None
        answer = Answer(_public_url(base + request.path), reply.status_code, reply.content)
        return self._judge(provider, request, reply, answer)

    def _judge(self, provider: Provider, request: Request, reply: requests.Response, answer: Answer) -> Answer:
        if reply.status_code in PASSING:
            wait = _retry_after(reply.headers.get("Retry-After"))
            reason = f"answered {reply.status_code}"
            if wait is not None and wait > LONGEST_WAIT_SECONDS:
                problem = SourceUnavailable(
                    f"{_where(provider, request)}: {reason} and asked for {wait:.0f} s of silence; run again after that"
                )
                return Answer(answer.url, answer.status, answer.body, problem)
            raise _Passing(reason, wait, answer)
        if reply.status_code == 200:
            return answer
        return Answer(answer.url, answer.status, answer.body, _rejection(provider, request, reply))

    def _key_headers(self, provider: Provider) -> dict[str, str]:
        key = self._settings.api_key(provider)
        if provider.key_header is None or key is None:
            if provider.key_required:
                raise SourceRejected(f"{provider.name} needs a key: set {provider.api_key_variable}")
            return {}
        return {provider.key_header: key.get_secret_value()}

    def _session(self) -> requests.Session:
        # A requests.Session is not promised to be safe between threads: one each.
        if not hasattr(self._threads, "session"):
            session = requests.Session()
            session.headers["User-Agent"] = (
                f"crypto-market-warehouse/{version()} python-requests/{package_version('requests')}"
            )
            self._threads.session = session
        return self._threads.session  # type: ignore[no-any-return]

    def _limiter(self, provider: Provider) -> Limiter:
        with self._lock:
            if provider.name not in self._limiters:
                rate = Rate(provider.rate.requests, int(provider.rate.seconds * 1000))
                self._limiters[provider.name] = Limiter(rate)
            return self._limiters[provider.name]


def _wait(state: RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome else None
    asked = failure.wait_seconds if isinstance(failure, _Passing) else None
    return asked if asked is not None else float(wait_exponential_jitter(initial=1, max=30)(state))


def _retry_after(header: str | None) -> float | None:
    """Seconds to wait, from either form of `Retry-After` (a number, possibly fractional, or a date)."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        moment = email.utils.parsedate_to_datetime(header) if header[:1].isalpha() else None
        return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else None


def _rejection(provider: Provider, request: Request, reply: requests.Response) -> SourceRejected:
    where, said = f"{_where(provider, request)}: answered {reply.status_code}", _excerpt(reply.text)
    if reply.status_code in BLOCKED:
        return SourceRejected(
            f"{where}: blocked here ({said}); set {provider.url_variable} to a host that answers, or rely on others"
        )
    if reply.status_code == 401 and provider.api_key_variable:
        return SourceRejected(f"{where}: the key was refused ({said}); check {provider.api_key_variable}")
    return SourceRejected(f"{where} ({said}); check the subject and the window")


def _where(provider: Provider, request: Request) -> str:
    return f"{provider.name} {request.path} for {request.subject}"


def _excerpt(text: str) -> str:
    words = " ".join(text.split())
    return words[:160] + ("…" if len(words) > 160 else "")


def _public_url(url: str) -> str:
    """The address without credentials; a loopback server's port changes with every start and says nothing."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port and host not in {"127.0.0.1", "localhost"} else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"
