"""What can go wrong on the way, for tests: an answer of the sample server is spoiled before it is sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from orchestration.sample.wire import WireResponse

CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Enable JavaScript and cookies to "
    b"continue<script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1'></script></body></html>"
)


@dataclass
class Fault:
    """`spoil` befalls the next `times` answers to paths that begin with `prefix`, such as '/binance'."""

    prefix: str
    apply: Callable[[WireResponse], WireResponse]
    times: int = 1


def cut_short(response: WireResponse) -> WireResponse:
    """A body that ends in the middle, with a length that says it is whole."""
    return replace(response, body=response.body[: len(response.body) * 2 // 3])


def web_page(response: WireResponse) -> WireResponse:
    """A bot check with status 200."""
    return WireResponse(CHALLENGE, content_type="text/html")


def too_many_requests(response: WireResponse) -> WireResponse:
    """A rate limit that has passed by the next try."""
    return WireResponse(b"", 429, headers={"Retry-After": "0"})


def slow(seconds: float) -> Callable[[WireResponse], WireResponse]:
    """The right answer, late."""
    return lambda response: replace(response, delay_seconds=seconds)
