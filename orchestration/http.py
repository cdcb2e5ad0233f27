"""How a provider is asked: one session, timeouts, retries, politeness, and two kinds of failure.

`SourceRejected`: a rerun can't help (wrong symbol, missing key, blocked region). `SourceUnavailable`: it may.
Every attempt, retries included, waits for its turn in the address's pace (`orchestration.pace`). A ban, a blocked
region and an address that can't be reached end the asking for the whole run, in every thread, and are said once.
Nothing here knows what a body means.
"""

import math
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version as package_version
from time import sleep
from typing import Self
from urllib.parse import quote, urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from orchestration.pace import Clock, Pace, Problem, advised_pause, retry_after
from orchestration.settings import Settings, version
from orchestration.sources.contract import Request, SourceRejected, SourceUnavailable
from orchestration.sources.provider import Provider

CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 60
ATTEMPTS = 5
LONGEST_WAIT_SECONDS = 60
"""A provider that asks for more is left alone until the next run."""
PASSING = frozenset({408, 418, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
TOO_MANY = frozenset({418, 429})
TOO_OFTEN = re.compile(r"too (frequent|many)", re.IGNORECASE)
"""What a 403 says that means "too many requests", as Bybit's "access too frequent" does, which asks for ten minutes."""
BAN_SECONDS = 600


@dataclass(frozen=True)
class Answer:
    """The final answer: `url` without secrets and without the port of a loopback server."""

    url: str
    status: int
    body: bytes
    problem: Problem | None = None


class _Passing(Exception):
    """An attempt that failed in a way that may pass.

    `ends_all`: when it does not pass, nothing else will come through. `is_told_when`: the provider said how long to
    wait, and the pace keeps that silence.
    """

    def __init__(
        self, reason: str, answer: Answer | None = None, ends_all: bool = False, is_told_when: bool = False
    ) -> None:
        super().__init__(reason)
        self.answer = answer
        self.ends_all = ends_all
        self.is_told_when = is_told_when


class HttpClient:
    """Asks providers, politely. One per run; safe to share between threads."""

    def __init__(self, settings: Settings, pause: Callable[[float], None] = sleep, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or Clock(pause, settings.wall_clock)
        self._threads = threading.local()
        self._paces: dict[tuple[str, str | None], Pace] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Sessions end with their threads."""

    def pace(self, provider: Provider) -> Pace:
        """The pace that `provider` shares with whoever has the same address and key."""
        with self._lock:
            key = (self._settings.base_url(provider), provider.api_key_variable)
            return self._paces.setdefault(key, Pace(self._clock))

    def ask(self, provider: Provider, request: Request) -> Answer:
        """The provider's answer, whatever its status; `problem` says what is wrong with it.

        Raises SourceUnavailable when no answer came at all or the address has banned this machine, and SourceRejected
        when a required key is missing or the address does not serve this region.
        """
        attempts = Retrying(
            retry=retry_if_exception_type(_Passing),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            return attempts(self._attempt, provider, request)
        except _Passing as failure:
            where = provider.name if failure.ends_all else _where(provider, request)
            problem: Problem = SourceUnavailable(f"{where}: {failure}; run again later")
            if failure.ends_all:
                problem = self.pace(provider).end(problem)
            if failure.answer is None:
                raise problem from None
            return Answer(failure.answer.url, failure.answer.status, failure.answer.body, problem)

    def _attempt(self, provider: Provider, request: Request) -> Answer:
        headers = self._key_headers(provider)
        pace = self.pace(provider)
        pace.wait_turn(provider.rate if self._settings.is_paced else None, request.weight)
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
        except requests.ConnectionError as error:
            raise _Passing(f"no complete answer ({type(error).__name__})", ends_all=_never_connected(error)) from None
        except (requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise _Passing(f"no complete answer ({type(error).__name__})") from None
        except requests.exceptions.ContentDecodingError:
            raise _Passing("the compressed body was damaged") from None
        answer = Answer(_public_url(base + request.path), reply.status_code, self._without_key(provider, reply.content))
        advised = advised_pause(provider.meter, provider.rate, reply.headers, self._clock.utc())
        if advised is not None:
            self._keep_quiet(provider, advised, "has used up what it may ask for", pace)
        return self._judge(provider, request, reply, answer, pace)

    def _judge(
        self, provider: Provider, request: Request, reply: requests.Response, answer: Answer, pace: Pace
    ) -> Answer:
        status = reply.status_code
        if status == 200:
            return answer
        said = _excerpt(answer.body.decode("utf-8", "replace"))
        wait = retry_after(reply.headers.get("Retry-After"), self._clock.utc())
        if status == 403 and TOO_OFTEN.search(said):
            wait = max(wait or 0.0, BAN_SECONDS)
        elif status not in PASSING:
            return Answer(answer.url, status, answer.body, self._rejection(provider, request, status, said))
        is_told_when = wait is not None
        if wait is None and status in TOO_MANY:
            wait = provider.rate.seconds
        problem = self._keep_quiet(provider, wait, f"answered {status}", pace) if wait is not None else None
        if problem:
            return Answer(answer.url, status, answer.body, problem)
        raise _Passing(f"answered {status}", answer, ends_all=status in TOO_MANY, is_told_when=is_told_when)

    def _keep_quiet(self, provider: Provider, seconds: float, why: str, pace: Pace) -> Problem | None:
        """Wait for so long, all threads together; or end the asking when that is too long to wait for."""
        if seconds <= LONGEST_WAIT_SECONDS:
            # Providers round down what they tell: one second more than the next full one is on the safe side.
            pace.be_quiet(math.ceil(seconds) + 1 if seconds else 0)
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
            for written in {key.get_secret_value(), quote(key.get_secret_value(), safe="")}:
                body = body.replace(written.encode(), b"[key]")
        return body

    def _session(self) -> requests.Session:
        # A requests.Session is not promised to be safe between threads: one each.
        if not hasattr(self._threads, "session"):
            session = requests.Session()
            session.headers["User-Agent"] = (
                f"crypto-market-warehouse/{version()} python-requests/{package_version('requests')}"
            )
            self._threads.session = session
        return self._threads.session  # type: ignore[no-any-return]


def _wait(state: RetryCallState) -> float:
    """A growing pause, unless the provider said when to come back."""
    failure = state.outcome.exception() if state.outcome else None
    if isinstance(failure, _Passing) and failure.is_told_when:
        return 0.0
    return float(wait_exponential_jitter(initial=1, max=30)(state))


def _never_connected(error: requests.ConnectionError) -> bool:
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(cause, NewConnectionError | ConnectTimeoutError)


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
