"""Whether there is a network: connections to many hosts at once, of which the first that is accepted decides."""

import socket
from collections.abc import Collection
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from urllib.parse import urlsplit


def accepts_any(urls: Collection[str], seconds: float) -> bool:
    """True when the host of one of the `urls` accepts a connection within `seconds`.

    Resolving a name can take longer than any limit allows, so nobody waits for the threads that do.
    """
    found: SimpleQueue[bool] = SimpleQueue()
    for url in urls:
        Thread(target=_try, args=(found, url, seconds), daemon=True).start()
    deadline = monotonic() + seconds
    with suppress(Empty):
        return any(found.get(timeout=max(0.0, deadline - monotonic())) for _ in urls)
    return False


def _try(found: "SimpleQueue[bool]", url: str, seconds: float) -> None:
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname or "", port), timeout=seconds):
            found.put(True)
    except (OSError, ValueError):
        found.put(False)
