"""Which hosts can be reached in this run, and whether there is a network at all.

A host that refuses connections is left alone for the rest of the run. When several hosts fail and none was reached, one
probe of all other hosts decides whether the network is down; then nothing else is requested.
"""

import socket
import threading
from collections.abc import Collection
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic
from urllib.parse import urlsplit

from orchestration.ingest.rate_limit import Problem
from orchestration.ingest.sessions import proxy_variable
from orchestration.settings import Settings
from orchestration.sources.shared.contract import NotSent
from orchestration.sources.shared.provider import Provider

UNREACHABLE_HOSTS = 2
"""After this many unreachable hosts, and none reached, the network itself is tested."""
PROBE_SECONDS = 3
UNREACHED = "cannot be reached"
NO_NETWORK = "no network"
RUN_AGAIN = "and run again"


class Hosts:
    """The hosts of one run. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._unreachable: dict[str, str] = {}
        self._was_any_reached = False
        self._no_network: Problem | None = None
        self._lock = threading.Lock()

    def check(self, provider: Provider, url: str) -> None:
        """Raises NotSent when there is no network, or when the host of `url` could not be reached before."""
        with self._lock:
            if self._no_network:
                raise self._no_network
            if reason := self._unreachable.get(host_of(url)):
                raise _unreachable(provider, url, reason)

    def reached(self) -> None:
        """Some host responded, so there is a network."""
        self._was_any_reached = True

    def mark_unreachable(self, provider: Provider, url: str, reason: str) -> tuple[Problem, bool]:
        """Record that the host of `url` can't be reached. Returns the problem, and whether it concerns every host."""
        with self._lock:
            self._unreachable[host_of(url)] = reason
            if (
                len(self._unreachable) >= UNREACHABLE_HOSTS
                and not self._was_any_reached
                and not self._is_any_other_reachable(url)
            ):
                hosts = ", ".join(self._unreachable)
                self._no_network = self._no_network or NotSent(
                    f"{NO_NETWORK}: {hosts} {UNREACHED} ({reason}), and nothing else was requested; check the "
                    f"connection (and the proxy, where there is one) {RUN_AGAIN}"
                )
            if self._no_network:
                return self._no_network, True
        return _unreachable(provider, url, reason), False

    def _is_any_other_reachable(self, url: str) -> bool:
        """Whether any other provider's host accepts a connection: some networks block only a few of them."""
        if self._no_network is None and proxy_variable(url) is None:
            others = [other for other in self._settings.base_urls() if host_of(other) not in self._unreachable]
            self._was_any_reached = accepts_any(others, PROBE_SECONDS)
        return self._was_any_reached


def host_of(url: str) -> str:
    """Host and port that a request to `url` connects to."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _unreachable(provider: Provider, url: str, reason: str) -> NotSent:
    return NotSent(
        f"{provider.name}: {host_of(url)} {UNREACHED} ({reason}); check the connection, {provider.url_variable}, "
        f"{RUN_AGAIN}"
    )


def accepts_any(urls: Collection[str], seconds: float) -> bool:
    """True when the host of one of the `urls` accepts a connection within `seconds`.

    All are tried at once. Name resolution has no timeout, so threads that are still resolving are not waited for.
    """
    results: SimpleQueue[bool] = SimpleQueue()
    for url in urls:
        threading.Thread(target=_connect, args=(results, url, seconds), daemon=True).start()
    deadline = monotonic() + seconds
    with suppress(Empty):
        return any(results.get(timeout=max(0.0, deadline - monotonic())) for _ in urls)
    return False


def _connect(results: "SimpleQueue[bool]", url: str, seconds: float) -> None:
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname or "", port), timeout=seconds):
            results.put(True)
    except (OSError, ValueError):
        results.put(False)
