"""Faults for tests: a response of the sample server is changed before it is sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from orchestration.sample.wire import WireResponse

CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Enable JavaScript and cookies to "
    b"continue<script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1'></script></body></html>"
)


@dataclass
class Fault:
    """`apply` changes the next `times` responses to paths that begin with `prefix`, such as '/binance'."""

    prefix: str
    apply: Callable[[WireResponse], WireResponse]
    times: int = 1


def cut_short(response: WireResponse) -> WireResponse:
    """A truncated body, with a matching Content-Length."""
    return replace(response, body=response.body[: len(response.body) * 2 // 3])


def web_page(response: WireResponse) -> WireResponse:
    """A bot check with status 200."""
    return WireResponse(CHALLENGE, content_type="text/html")


def too_many_requests(response: WireResponse) -> WireResponse:
    """A rate limit that is over at the next try."""
    return WireResponse(b"", 429, headers={"Retry-After": "0"})


def slow(seconds: float) -> Callable[[WireResponse], WireResponse]:
    """The unchanged response, late."""
    return lambda response: replace(response, delay_seconds=seconds)
