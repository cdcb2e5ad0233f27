"""A provider's URL, key, rate limits and terms, as every source module declares them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

BLOCKED = frozenset({403, 451})
"""The statuses of a host that blocks this network."""


@dataclass(frozen=True)
class Rate:
    """At most `requests` within any `seconds`, over all threads of a run.

    Providers that share a limit (one host, one key) declare the same rate and are counted together.
    """

    requests: int
    seconds: float = 1.0


@dataclass(frozen=True)
class UsageHeaders:
    """The response headers that report the used part of a rate limit, so that a run slows down before a 429.

    `default_limit` is the limit where no header reports it. `reset` is the header with the time of the next window, as
    an instant or in seconds.
    """

    used: str | None = None
    remaining: str | None = None
    limit: str | None = None
    default_limit: int | None = None
    reset: str | None = None


def error_codes(name: str, *codes: int | str) -> re.Pattern[bytes]:
    """A pattern for the field `name` with one of these codes, as a number or as text, in an unparsed JSON body."""
    listed = "|".join(re.escape(str(code)) for code in codes)
    return re.compile(rf'"{name}"\s*:\s*"?({listed})(?![\w.])'.encode())


@dataclass(frozen=True)
class Provider:
    """A provider. `<NAME>_BASE_URL` replaces `default_url`; `<NAME>_API_KEY` is the key when `key_header` is set."""

    name: str
    title: str
    default_url: str
    licence: str
    rate: Rate
    option_help: Mapping[str, str] = field(default_factory=dict, hash=False, kw_only=True)
    """What each of `options` takes, as a sentence for `.env.example` and the documentation."""

    key_header: str | None = None
    key_required: bool = False
    key_variable: str | None = None
    """The environment variable of the key where it is not `<NAME>_API_KEY`: providers that share one key."""

    variable_stem: str | None = None
    """The `<NAME>` in the provider's variables where it differs from `name`, as for one of several hosts."""

    limitations: str = ""
    """What its coverage lacks, in a sentence: the documentation's page of providers is made from it."""

    opt_in_variable: str | None = None
    """The environment variable that must be `yes` before anything is requested: for undocumented endpoints."""

    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Further environment variables that requests depend on, with their defaults."""

    usage_headers: UsageHeaders = UsageHeaders()
    rate_limit_body: re.Pattern[bytes] | None = None
    """A pattern for short bodies with status 200 that mean "too many requests" in other words; handled as a 429."""

    transient_error_body: re.Pattern[bytes] | None = None
    """A pattern for short bodies with status 200 that report a transient server error; retried as a 503."""

    is_blocked_by_403: bool = True
    """False: a 403 may concern one request alone (such as a paid plan), so the next request is sent."""

    @property
    def url_variable(self) -> str:
        return f"{self._stem}_BASE_URL"

    @property
    def api_key_variable(self) -> str | None:
        return (self.key_variable or f"{self._stem}_API_KEY") if self.key_header else None

    @property
    def _stem(self) -> str:
        return (self.variable_stem or self.name).upper()
