"""The vocabulary every source is written in: who is asked, for what, and what a body means.

Here belong the types that a source module fills in. Not here: who answers (`provider`), how a request is sent
(`orchestration.ingest.http`), where a body is kept (`orchestration.ingest.landing`) and how rows become versions
(`orchestration.raw.load`).
A source module knows neither Dagster nor DuckDB.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from orchestration.sources.shared.figures import Bar, Figure, Timestamp
from orchestration.sources.shared.provider import Provider

Row = tuple[Any, ...]
CHECKSUM = ".CHECKSUM"
"""What the path of a file's digest has behind the file's own, see `ZippedCsv`."""


CLOCKS_DIFFER = timedelta(minutes=5)
"""By how much a provider's clock may run ahead of ours."""


class SourceRejected(Exception):
    """The provider's answer is final: asking again can't help. The message names source, subject and next step."""


class SourceUnavailable(Exception):
    """The provider can't answer now (timeouts, 429, 5xx, a challenge page): a later run may succeed."""


class NotSent(SourceUnavailable):
    """The request was not sent, because of what befell earlier ones of the same run."""


class BotChallenge(SourceUnavailable):
    """A bot check came in the place of the figures, whatever the status: another address of them may answer."""


@dataclass(frozen=True)
class Window:
    """A half-open span `[start, end)` of UTC instants."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window needs instants with a time zone")

    @staticmethod
    def of_days(first: date, last: date) -> "Window":
        """The days `first`..`last`, end included."""
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
    """What a run wants to know: `subject` (an asset, or 'ALL'), the provider's `symbol` for it, and the window.

    `now` is the run's instant; `options` are the provider's, resolved from the environment.
    """

    subject: str
    symbol: str
    window: Window
    now: datetime
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """One question to a provider. `subject` is the asset it is about ('ALL' for the whole market)."""

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    subject: str = "ALL"
    window: Window | None = None
    weight: int = 1
    """How many requests of the provider's rate this one counts for."""
    json_body: Mapping[str, str] | None = None
    """A JSON body makes the request a POST."""
    follow_ups: tuple["Request", ...] = ()
    """What is asked after this one, where that is known only once an answer is there; never sent."""
    may_be_absent: bool = False
    """True: a 404 says that there is no such file, which is no failure."""
    sha256: str | None = None
    """The digest the body must have. It is not sent."""
    is_shared: bool = False
    """True: the answer is the same for all subjects, and is requested once in a run."""
    fallback: "Request | None" = None
    """Another address of the same figures, asked when this one is refused."""

    @property
    def as_sent(self) -> str:
        """What reaches the provider, as text. The window is not in it: not every provider is told its end."""
        body = sorted(self.json_body.items()) if self.json_body is not None else None
        return repr((self.path, sorted(self.params.items()), body))


@dataclass(frozen=True)
class Response:
    """One landed answer; `body` is what the provider sent, byte for byte."""

    response_id: str
    source: str
    dataset: str
    request: Request
    url: str
    status: int
    fetched_at: datetime
    body: bytes
    observed_at: datetime | None = None
    """The instant of the run that learned it; None where no run has: then it is when the response was fetched."""

    @property
    def as_of(self) -> datetime:
        """The instant this response speaks for: a window that ends later was not closed when the run began."""
        return min(self.observed_at or self.fetched_at, self.fetched_at)

    @property
    def latest_timestamp(self) -> datetime:
        """Nothing in it can be later: when it was fetched, and by how much a provider's clock may be ahead of ours."""
        return self.fetched_at + CLOCKS_DIFFER


@dataclass(frozen=True)
class RejectedRecord:
    """A record that could not become a row, with the reason as a sentence."""

    record: str
    reason: str
    is_notice: bool = False
    """True: no row was lost; there is a field that is not known here, or a subject that was not answered."""


@dataclass(frozen=True)
class Parsed:
    """Rows in the order of `Dataset.columns`, and what could not be parsed."""

    rows: list[Row]
    rejected: list[RejectedRecord] = field(default_factory=list)


@dataclass(frozen=True)
class ArrayRows:
    """The body is a JSON array of arrays; the loader reads it in bulk, without Python in between.

    `fields` maps columns to positions in the inner array, `params` maps columns to request parameters,
    `width` is the exact number of elements a row must have, `close_ms` is a DuckDB expression over the
    columns for the instant (milliseconds since 1970, exclusive) at which a row's window is closed. `fits` is one for
    what the texts of a row must be like; a row that does not fit is rejected, as is one against `Dataset.figures`.
    """

    fields: Mapping[str, int]
    width: int
    close_ms: str
    params: Mapping[str, str] = field(default_factory=dict)
    row_condition: str = "true"


@dataclass(frozen=True)
class ZippedCsv:
    """The body is a zip of one CSV file; the loader reads many of them in bulk, without Python in between.

    `fields` maps columns to positions in a line, `from_response` maps columns to DuckDB expressions over the answer's row
    of `raw.responses`. `header` is the first value of a header line, which may be there or not. Answers to paths that
    don't end in .zip (checksums) hold no rows. `width`, `close_ms` and `fits` are those of `ArrayRows`. `filled` says
    how many of a line's values are never empty, where not all of them are.
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
    """How an answer is known for an older copy of what is stored, which would take settled figures back.

    `newest` and `size` are DuckDB aggregates over rows of one value of the column `subject` whose day, the column
    `session`, is a session of the NYSE: a misdated row that is taken back makes no later page older. Refused is an
    answer whose `newest` lies before one that was there, and, where it `is_whole` (all there is, not a window of it),
    one whose `size` is less than what was there.
    """

    subject: str
    session: str
    newest: str
    size: str
    is_whole: Callable[[Request], bool]


Reader = ArrayRows | ZippedCsv | Callable[[Response], Parsed]


def accept(response: Response) -> None:
    """The default verdict on a body: nothing to object."""


def no_next_page(response: Response) -> Request | None:
    """The default paging: every request is planned in advance."""
    return None


@dataclass(frozen=True)
class Dataset:
    """One kind of answer of one provider, and its raw table `raw.<provider>_<name>`.

    `columns`: the provider's field names in snake_case with DuckDB types, in row order. `key`: the columns that
    identify a row; `observed_at` makes it a version. `plan(ask)` yields the requests that answer it, oldest first.
    `verify(response)` raises `SourceRejected` or `SourceUnavailable` for a body that is an error although the
    status was 200. `follow(response)` is the next page, or None.
    """

    provider: Provider
    name: str
    title: str
    subject_group: Literal[
        "prices", "reference_prices", "etf_flows", "liquidations", "derivatives", "market_caps", "calendar"
    ]
    columns: Mapping[str, str]
    key: tuple[str, ...]
    read: Reader
    plan: Callable[[Slice], Iterator[Request]]
    figures: Mapping[str, Figure] = field(default_factory=dict)
    """What each number of a row can be; a row that has another one is rejected with its reason."""
    bar: Bar | None = None
    """The columns whose prices are those of a bar."""
    timestamps: Mapping[str, Timestamp] = field(default_factory=dict)
    """The columns that name an instant; the first one is that of the row."""
    verify: Callable[[Response], None] = accept
    next_page: Callable[[Response], Request | None] = no_next_page
    lookback: timedelta = timedelta(days=400)
    """How far back a run looks when no start is given."""
    monthly_lookback: timedelta | None = None
    """How far back the first run of a month looks: for providers that rewrite old figures."""
    per_asset: bool = True
    """False: one question covers the whole market, whatever the configured assets."""
    backfills_only: bool = False
    """True: asked when a start is given, never for the look-back."""
    available_since: datetime | None = None
    """The provider has nothing older, of any asset."""
    has_independent_requests: bool = False
    """True: the planned requests don't depend on each other and are asked side by side, within the provider's rate."""
    blocked_hint: str | None = None
    """Who tells the figures on a day when the host turns this network away, as a sentence.

    For hosts that do so to every address alike: subjects are asked one by one, and what was refused once in a run is
    refused for all of them.
    """
    summed_columns: tuple[str, ...] = ()
    """Columns whose rows are added up in a mart: where one of them is rejected, the others of its group are kept out
    with it, because a sum without it would be wrong. What is stored of the group stands."""
    archive: tuple[str, str] | None = None
    """Provider and dataset that hold the same rows in bulk: in a backfill this one asks for what they lack."""
    empty_is_normal: bool = False
    """True: an empty answer for a past window says nothing about the source."""
    covers: Callable[[Response], Window | None] | None = None
    """For events: the time of which an answer tells every event, which is less than was asked for where a page is full.

    None where it is none. Days are added up only where such windows meet without a gap.
    """
    supersedes: Supersession | None = None
    """For pages that a cache may serve in an older copy."""
    covers_until: str | None = None
    """A DuckDB expression over the raw table: the instant (UTC) at which its newest window ends."""
    due: Literal["hour", "utc_day", "nyse_session"] = "utc_day"
    """Which closed window should be there by now: `warehouse status` tells the lag against it."""
    is_collected: bool = False
    """True: `warehouse collect` lands what a stream sends, an hour an answer, and nothing is asked."""
    file_pattern: str | None = None
    """A pattern of file names in the imports folder: the answers are the user's files, and nothing is planned."""

    @property
    def table(self) -> str:
        return f"{self.provider.name}_{self.name}"
