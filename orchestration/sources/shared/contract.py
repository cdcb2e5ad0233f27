"""The types that every source module is written in: requests, responses, datasets and their rows.

Not here: the provider (`provider`), sending requests (`orchestration.ingest.http`), storing bodies
(`orchestration.ingest.landing`) and loading rows as versions (`orchestration.raw.load`).
A source module imports neither Dagster nor DuckDB.

Errors:

    SourceRejected          permanent: the same request fails again
    SourceUnavailable       transient: a later run may succeed
    ├── NotSent             skipped after earlier failures of the same run
    └── BotChallenge        a bot check instead of the figures
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from orchestration.sources.shared.figures import Bar, Figure, Timestamp
from orchestration.sources.shared.provider import Provider

Row = tuple[Any, ...]
CHECKSUM = ".CHECKSUM"
"""The suffix that the path of a file's digest adds to the file's own path, see `ZippedCsv`."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far a provider's clock may run ahead of ours."""


class SourceRejected(Exception):
    """A permanent error: retrying can't help. The message names the source, the subject and the next step."""


class SourceUnavailable(Exception):
    """A transient error (timeout, 429, 5xx, bot check): a later run may succeed."""


class NotSent(SourceUnavailable):
    """The request was not sent, because earlier requests of the same run failed."""


class BotChallenge(SourceUnavailable):
    """The response is a bot check, whatever its status. Another URL of the same figures may work."""


@dataclass(frozen=True)
class Window:
    """A half-open interval `[start, end)` of instants with a time zone. Raises ValueError for naive ones."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window needs instants with a time zone: add tzinfo")

    @staticmethod
    def of_days(first: date, last: date) -> "Window":
        """The UTC days from `first` to `last`, both included."""
        midnight = datetime.min.time()
        return Window(datetime.combine(first, midnight, UTC), datetime.combine(last, midnight, UTC) + timedelta(days=1))

    def split(self, span: timedelta) -> Iterator["Window"]:
        """Consecutive windows of at most `span`, oldest first."""
        start = self.start
        while start < self.end:
            end = min(start + span, self.end)
            yield Window(start, end)
            start = end


@dataclass(frozen=True)
class Slice:
    """What a run wants of one dataset: the `subject` (an asset, or 'ALL'), its `symbol` at the provider, the window.

    `now` is the run's instant; `options` are the provider's options, read from the environment.
    """

    subject: str
    symbol: str
    window: Window
    now: datetime
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """One HTTP request to a provider. `subject` is the asset it is about ('ALL' for the whole market)."""

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    subject: str = "ALL"
    window: Window | None = None
    weight: int = 1
    """How many requests of the provider's rate limit this one counts for."""
    json_body: Mapping[str, Any] | None = None
    """A JSON body makes the request a POST."""
    follow_ups: tuple["Request", ...] = ()
    """Requests expected after this one, to show progress; `Dataset.next_page` makes the real ones."""
    may_be_absent: bool = False
    """True: a 404 means that the file does not exist, which is not a failure."""
    sha256: str | None = None
    """The digest that the body must have. It is not sent."""
    is_shared: bool = False
    """True: the response is the same for all subjects, so it is requested once per run."""
    fallback: "Request | None" = None
    """Another URL of the same figures, requested when this one is refused."""

    @property
    def as_sent(self) -> str:
        """What reaches the provider, as text. The window is left out, because not every provider receives its end."""
        body = sorted(self.json_body.items()) if self.json_body is not None else None
        return repr((self.path, sorted(self.params.items()), body))


@dataclass(frozen=True)
class Response:
    """One stored response; `body` is what the provider sent, byte for byte."""

    response_id: str
    source: str
    dataset: str
    request: Request
    url: str
    status: int
    fetched_at: datetime
    body: bytes
    observed_at: datetime | None = None
    """The instant of the run that fetched it; None outside of a run, where `fetched_at` takes its place."""

    @property
    def as_of(self) -> datetime:
        """The instant up to which the response counts: a window that ends later was not closed when the run began."""
        return min(self.observed_at or self.fetched_at, self.fetched_at)

    @property
    def latest_timestamp(self) -> datetime:
        """The latest valid timestamp in the body: `fetched_at` plus the tolerance for the provider's clock."""
        return self.fetched_at + CLOCKS_DIFFER


@dataclass(frozen=True)
class RejectedRecord:
    """A record that could not become a row, with the reason as a sentence."""

    record: str
    reason: str
    is_notice: bool = False
    """True: no row was lost. It reports an unknown field, or a subject without data."""


@dataclass(frozen=True)
class Parsed:
    """Rows with values in the order of `Dataset.columns`, and the records that could not be parsed."""

    rows: list[Row]
    rejected: list[RejectedRecord] = field(default_factory=list)


@dataclass(frozen=True)
class ArrayRows:
    """The body is a JSON array of arrays, which DuckDB reads in bulk.

    `fields` maps columns to positions in the inner array, `params` maps columns to request parameters, `width` is the
    exact number of elements of a row. `close_ms` is a DuckDB expression over the columns: the instant at which the
    row's interval closes (milliseconds since 1970, exclusive). `row_condition` is a DuckDB condition on the texts of a
    row; a row that fails it is rejected, as is one that breaks `Dataset.figures`.
    """

    fields: Mapping[str, int]
    width: int
    close_ms: str
    params: Mapping[str, str] = field(default_factory=dict)
    row_condition: str = "true"


@dataclass(frozen=True)
class ZippedCsv:
    """The body is a zip of one CSV file; DuckDB reads many of them in bulk.

    `fields` maps columns to positions in a line, `from_response` maps columns to DuckDB expressions over the response's
    row of `raw.responses`. `header` is the first value of the header line, which is optional. Responses to paths that
    don't end in .zip (checksums) have no rows. `width`, `close_ms` and `row_condition` are those of `ArrayRows`.
    `required_values` is the number of leading values that are never empty; None: all of them.
    """

    fields: Mapping[str, int]
    width: int
    close_ms: str
    from_response: Mapping[str, str]
    header: str
    row_condition: str = "true"
    required_values: int | None = None


@dataclass(frozen=True)
class Supersession:
    """How to detect a response that is an older copy of stored data and would undo final figures.

    `newest` and `size` are DuckDB aggregates over the rows of one value of the column `subject`. Only rows whose day
    (the column `session`) is an NYSE session count, so a misdated row that the provider withdraws later does not make
    newer pages look old. A response is refused when its `newest` is before the stored one, or, when it `is_whole` (the
    complete history, not a window), when its `size` is below the stored one.
    """

    subject: str
    session: str
    newest: str
    size: str
    is_whole: Callable[[Request], bool]


Reader = ArrayRows | ZippedCsv | Callable[[Response], Parsed]


def accept(response: Response) -> None:
    """The default of `Dataset.verify`: every body is valid."""


def no_next_page(response: Response) -> Request | None:
    """The default of `Dataset.next_page`: every request is planned in advance."""
    return None


@dataclass(frozen=True)
class Dataset:
    """One kind of response of one provider, and its raw table `raw.<provider>_<name>`.

    `columns`: the provider's field names in snake_case with DuckDB types, in row order. `key`: the columns that
    identify a row; together with `observed_at` they identify a version. `plan(wanted)` yields the requests for a slice,
    oldest first. `verify(response)` raises `SourceRejected` or `SourceUnavailable` for a body that is an error despite
    status 200. `next_page(response)` is the request for the next page; None after the last one.
    """

    provider: Provider
    name: str
    title: str
    subject_group: Literal[
        "prices",
        "reference_prices",
        "etf_flows",
        "liquidations",
        "derivatives",
        "market_caps",
        "calendar",
        "stablecoins",
        "exchange_flows",
        "sentiment",
        "positioning",
        "volatility",
    ]
    columns: Mapping[str, str]
    key: tuple[str, ...]
    read: Reader
    plan: Callable[[Slice], Iterator[Request]]
    figures: Mapping[str, Figure] = field(default_factory=dict)
    """The valid range of each number; a row outside of it is rejected with the reason."""
    bar: Bar | None = None
    """The columns that hold the prices of a bar."""
    timestamps: Mapping[str, Timestamp] = field(default_factory=dict)
    """The columns that hold an instant; the first one is the row's own."""
    verify: Callable[[Response], None] = accept
    next_page: Callable[[Response], Request | None] = no_next_page
    lookback: timedelta = timedelta(days=400)
    """How far back a run requests data when no start is given."""
    monthly_lookback: timedelta | None = None
    """How far back the first run of a month requests data: for providers that restate old figures."""
    per_asset: bool = True
    """False: one request covers the whole market, whatever assets are configured."""
    backfills_only: bool = False
    """True: fetched only when a start is given, never for the look-back."""
    available_since: datetime | None = None
    """The provider has nothing older, for any asset."""
    has_independent_requests: bool = False
    """True: the planned requests are independent and sent in parallel, within the rate limit."""
    blocked_hint: str | None = None
    """Where else the figures are while the host blocks this network, as a sentence for the error message.

    Set it for hosts that block a network on all URLs: subjects are then fetched one after another, and the first
    refusal of a run counts for all of them.
    """
    summed_columns: tuple[str, ...] = ()
    """The columns that group rows which a mart sums: where one row of a group is rejected, the whole group of this
    response is, because a sum without it would be wrong. Rows stored earlier are kept."""
    archive: tuple[str, str] | None = None
    """Provider and dataset with the same rows in bulk: in a backfill this one fetches only what they lack."""
    empty_is_normal: bool = False
    """True: an empty response for a past window is no error, because events may be rare."""
    covers: Callable[[Response], Window | None] | None = None
    """For events: the window that a response covers completely; a full page covers less than was requested.

    None where it covers nothing. A day is summed only where such windows cover it without a gap.
    """
    supersedes: Supersession | None = None
    """For pages that a cache may serve as an older copy."""
    covers_until: str | None = None
    """A DuckDB expression over the raw table: the end of its newest interval (UTC)."""
    due: Literal["hour", "utc_day", "nyse_session"] = "utc_day"
    """Which closed interval should exist by now: `warehouse status` reports the lag behind it."""
    is_collected: bool = False
    """True: `warehouse collect` stores what a stream sends, one response per hour, and a run requests nothing."""
    file_pattern: str | None = None
    """A pattern of file names in the imports folder: the user's files are the responses, and nothing is requested."""

    @property
    def table(self) -> str:
        return f"{self.provider.name}_{self.name}"
