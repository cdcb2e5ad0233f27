"""One HTTP response: what its status and a short body mean, before any source module parses it."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from orchestration.ingest.rate_limit import Problem
from orchestration.ingest.sessions import is_loopback
from orchestration.redaction import spellings
from orchestration.sources.shared.contract import SourceRejected
from orchestration.sources.shared.provider import Provider

TRANSIENT_STATUSES = frozenset({408, 418, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
RATE_LIMIT_STATUSES = frozenset({418, 429})
TOO_FREQUENT = re.compile(r"too (frequent|many)", re.IGNORECASE)
"""A 403 with these words is a rate limit: Bybit sends "access too frequent", and then bans for ten minutes."""
RATE_LIMIT_WORDS = re.compile(
    rb"too[ _]many[ _](requests|visits)|rate[ _]?limit[^\"]{0,3}(exceeded|reached|error)|access too frequent",
    re.IGNORECASE,
)
"""In a short body with status 200, of any provider."""
SHORT_BODY_BYTES = 2_000
"""Longer bodies hold figures, and no error."""


@dataclass(frozen=True)
class HttpResponse:
    """The final response: `url` without secrets and without the port of a loopback server."""

    url: str
    status: int
    body: bytes
    problem: Problem | None = None

    @property
    def excerpt(self) -> str:
        """The first words of the body, on one line."""
        words = " ".join(self.body.decode("utf-8", "replace")[:1000].split())
        return words[:160] + ("…" if len(words) > 160 else "")

    def is_rate_limit_in_200(self, provider: Provider) -> bool:
        """Whether a body with status 200 means "too many requests", in general words or the provider's own."""
        return self.status == 200 and (self._matches(RATE_LIMIT_WORDS) or self._matches(provider.rate_limit_body))

    def is_server_error_in_200(self, provider: Provider) -> bool:
        """Whether a body with status 200 reports a server error that may pass."""
        return self.status == 200 and self._matches(provider.transient_error_body)

    def _matches(self, pattern: re.Pattern[bytes] | None) -> bool:
        return bool(pattern and len(self.body) <= SHORT_BODY_BYTES and pattern.search(self.body))


def is_region_block(provider: Provider, status: int, has_key: bool) -> bool:
    """Whether the status means that the provider does not serve this network at all."""
    return status == 451 or (status == 403 and provider.is_blocked_by_403 and not has_key)


def region_block(provider: Provider, response: HttpResponse) -> SourceRejected:
    return SourceRejected(
        f"{provider.name}: returned {response.status}, unavailable here ({response.excerpt}); no more requests are "
        f"sent in this run: set {provider.url_variable} to a host that responds, or rely on other sources"
    )


def rejection(provider: Provider, where: str, response: HttpResponse) -> SourceRejected:
    """Why a request failed for good. `where` names the provider, the path and the subject."""
    status, excerpt = response.status, response.excerpt
    returned = f"{where}: returned {status}"
    if 300 <= status < 400:
        return SourceRejected(f"{returned}, a redirect not followed; set {provider.url_variable} to where it leads")
    if status == 403:
        return SourceRejected(
            f"{returned}: refused here ({excerpt}); set {provider.url_variable} to a host that responds, or check the "
            "key"
        )
    if status == 401 and provider.api_key_variable:
        return SourceRejected(f"{returned}: the key was refused ({excerpt}); check {provider.api_key_variable}")
    return SourceRejected(f"{returned} ({excerpt}); check the subject and the window")


def without_key(body: bytes, key: str) -> bytes:
    """The body with the key replaced: an error may echo it, and it must never reach a file."""
    written = {key, *spellings(key)}
    encoded = {form.encode() for form in written} | {form.encode("latin-1", "replace") for form in written}
    for form in sorted(encoded, key=len, reverse=True):
        body = body.replace(form, b"[key]")
    return body


def public_url(url: str) -> str:
    """The address without credentials and query; a loopback server's port changes with every start and is left out."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port and not is_loopback(url) else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"
