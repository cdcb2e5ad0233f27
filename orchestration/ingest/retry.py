"""Failed attempts: which are retried and how often, and what an exception of the HTTP library means.

Retries of many threads to one host are counted together (`ingest.rate_limit`), so a dead provider costs a few requests.
"""

import requests
from tenacity import RetryCallState, wait_exponential_jitter
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from orchestration.ingest.hosts import host_of
from orchestration.ingest.http_response import HttpResponse
from orchestration.ingest.sessions import proxy_variable
from orchestration.sources.shared.provider import Provider

ATTEMPTS = 5
CONNECT_ATTEMPTS = 2
"""For a host that refuses connections or can't be found."""


class TransientError(Exception):
    """A failed attempt that may succeed later.

    `attempts`: how often to try. `closes_host`: if it persists, no request to this host will succeed. `is_unreachable`:
    no connection was made. `has_retry_after`: the provider named a waiting time, which the rate limiter enforces.
    `failures`: attempts at this address that failed in a row, over all threads.
    """

    def __init__(
        self,
        reason: str,
        response: HttpResponse | None = None,
        attempts: int = ATTEMPTS,
        closes_host: bool = False,
        is_unreachable: bool = False,
        has_retry_after: bool = False,
    ) -> None:
        super().__init__(reason)
        self.response = response
        self.attempts = attempts
        self.closes_host = closes_host
        self.is_unreachable = is_unreachable
        self.has_retry_after = has_retry_after
        self.failures = 0


def failure_of(state: RetryCallState) -> TransientError | None:
    failure = state.outcome.exception() if state.outcome else None
    return failure if isinstance(failure, TransientError) else None


def backoff_seconds(state: RetryCallState) -> float:
    """A growing pause, unless the provider named the time to wait."""
    failure = failure_of(state)
    if failure and failure.has_retry_after:
        return 0.0
    return float(wait_exponential_jitter(initial=1, max=30)(state))


def connection_error(error: requests.RequestException, url: str) -> TransientError:
    """A connection that could not be made, or that broke."""
    if isinstance(error, requests.exceptions.ProxyError):
        reason = f"through the proxy of {proxy_variable(url) or 'the environment'}"
        return TransientError(reason, attempts=CONNECT_ATTEMPTS, closes_host=True, is_unreachable=True)
    if isinstance(error, requests.exceptions.SSLError):
        reason = "the connection is not safe (its certificate was refused); check the clock and REQUESTS_CA_BUNDLE"
        return TransientError(reason, attempts=CONNECT_ATTEMPTS, closes_host=True)
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if not isinstance(cause, NewConnectionError | ConnectTimeoutError):
        return TransientError(f"no complete response ({type(error).__name__})")
    requested_url = error.request.url if error.request is not None else None
    if requested_url and host_of(requested_url) != host_of(url):
        return TransientError("it redirects to a host that cannot be reached", attempts=CONNECT_ATTEMPTS)
    if isinstance(cause, NameResolutionError):
        reason = "its name is not known"
    else:
        reason = "no connection was made" if isinstance(cause, NewConnectionError) else "no connection in time"
    return TransientError(reason, attempts=CONNECT_ATTEMPTS, closes_host=True, is_unreachable=True)


def unsendable(error: Exception, provider: Provider, url: str) -> str:
    """Why a request could not be sent, without the library's message: it quotes headers and addresses."""
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
        "a host that responds"
    )
