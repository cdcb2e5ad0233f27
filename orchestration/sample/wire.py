"""The interface between the sample server and a provider's wire format: request, response, and JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

JSON = "application/json"


@dataclass(frozen=True)
class WireRequest:
    """A request: `path` without the provider's prefix, header names in lower case, the market's `now`.

    `body` is empty for a GET. `is_full`: the request is for the full market, which adds synthetic figures.
    """

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    now: datetime
    body: bytes = b""
    is_full: bool = False


@dataclass(frozen=True)
class WireResponse:
    """A response, byte for byte, sent after `delay_seconds`."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0


@dataclass(frozen=True)
class Wire:
    """A provider of the sample market: every module `wire_*.py` has a `WIRE`, served under `/<provider>`.

    `settings(url)` are the environment variables that point the warehouse at `url`, with keys and options. `bundled`
    False: the figures are synthetic, so the wire is served in the full market only.
    """

    provider: str
    respond: Callable[[WireRequest], WireResponse]
    settings: Callable[[str], Mapping[str, str]]
    bundled: bool = True


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> WireResponse:
    """`value` as compact JSON, as all these providers send it."""
    return WireResponse(json.dumps(value, separators=(",", ":")).encode(), status, headers=headers or {})


def not_found() -> WireResponse:
    """The response for a path that the provider does not have."""
    return WireResponse(
        b"<html><head><title>404 Not Found</title></head><body>404 Not Found</body></html>", 404, "text/html"
    )


def as_number(figure: str) -> int | float:
    """A figure as a JSON number: an integer where it has no fraction."""
    exact = Decimal(figure)
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def parse_instant(value: str | None) -> datetime | None:
    """An instant from an ISO 8601 text or from seconds since 1970; None when it is absent. Raises ValueError."""
    if value is None:
        return None
    if value.isdecimal():
        return datetime.fromtimestamp(int(value), UTC)
    instant = datetime.fromisoformat(value)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
