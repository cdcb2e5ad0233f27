"""Who answers: a provider's address, key, limits and terms, as every source module states them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

BLOCKED = frozenset({403, 451})
"""The statuses of a host that does not let this network in."""


@dataclass(frozen=True)
class Rate:
    """At most `requests` within any `seconds`, over all threads of a run.

    Providers that share a limit (one host, one key) state the same rate, and are counted together.
    """

    requests: int
    seconds: float = 1.0


@dataclass(frozen=True)
class UsageHeaders:
    """The headers in which a provider tells what is used of its limit, so that a run slows down before it is refused.

    `most` is the limit where no header tells it. `reset` is the instant or the seconds at which it starts anew.
    """

    used: str | None = None
    remaining: str | None = None
    limit: str | None = None
    default_limit: int | None = None
    reset: str | None = None


def error_codes(name: str, *codes: int | str) -> re.Pattern[bytes]:
    """A field `name` with one of these codes, as a number or as text, in a body that was not parsed."""
    listed = "|".join(re.escape(str(code)) for code in codes)
    return re.compile(rf'"{name}"\s*:\s*"?({listed})(?![\w.])'.encode())


@dataclass(frozen=True)
class Provider:
    """Who answers. `<NAME>_BASE_URL` replaces `default_url`; `<NAME>_API_KEY` (when `key_header` is set) is the key."""

    name: str
    title: str
    default_url: str
    licence: str
    rate: Rate
    key_header: str | None = None
    key_required: bool = False
    key_variable: str | None = None
    """The environment variable of the key where it is not `<NAME>_API_KEY`: providers that share one key."""

    variable_stem: str | None = None
    """What `<NAME>` is in the provider's variables where one name has several hosts: 'defillama_etfs'."""

    limitations: str = ""
    """What its coverage lacks, in a sentence: the README's list of providers is made from it."""

    opt_in_variable: str | None = None
    """The environment variable without whose yes nobody is asked: for what a provider offers without documenting it."""

    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Further environment variables the provider's requests depend on, with their defaults."""

    usage_headers: UsageHeaders = UsageHeaders()
    rate_limit_body: re.Pattern[bytes] | None = None
    """What a short body with status 200 says that means "too many requests", where it does not use these words.

    It is waited for as a 429 is.
    """

    transient_error_body: re.Pattern[bytes] | None = None
    """What a short body with status 200 says of a trouble of the server that passes: retried as a 503 is."""

    is_blocked_by_403: bool = True
    """False: a 403 may be about one question alone, as with keys it may be about a plan, and the next one is asked."""

    @property
    def url_variable(self) -> str:
        return f"{self._stem}_BASE_URL"

    @property
    def api_key_variable(self) -> str | None:
        return (self.key_variable or f"{self._stem}_API_KEY") if self.key_header else None

    @property
    def _stem(self) -> str:
        return (self.variable_stem or self.name).upper()
