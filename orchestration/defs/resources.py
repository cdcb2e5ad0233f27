"""What every asset needs: the settings, one HTTP client, one instant that is "now", and the requested days."""

import traceback
from calendar import monthrange
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime

import dagster as dg
import duckdb
from dagster._core.storage.tags import PARTITION_NAME_TAG
from pydantic import PrivateAttr

from orchestration.defects import Defects, first_line
from orchestration.home import occupied
from orchestration.ingest.extraction import PARTIAL, Extraction
from orchestration.ingest.http import HttpClient
from orchestration.ingest.resume import UnfinishedRun, resume_from
from orchestration.raw.working_file import connect, newest_observation, prepare
from orchestration.redaction import strike_out
from orchestration.settings import ORIGINS, Origin, Settings
from orchestration.sources.shared.contract import Dataset, Window
from orchestration.sources.shared.registry import datasets

INCOMPLETE = frozenset({PARTIAL, "failed"})


class RunContext(dg.ConfigurableResource):
    """Shared by all assets of a run, so that they agree on "now" and share the rate limiters.

    `source` is 'sample', 'sample-full', 'live', or empty for what the home was filled with before. `start` and `end`
    are UTC dates, end included; empty means a backfill's month or, in other jobs, each dataset's own look-back.
    `full_refresh`: dbt builds everything from nothing, whatever has changed.
    """

    source: str = ""
    start: str = ""
    end: str = ""
    full_refresh: bool = False
    _settings: Settings = PrivateAttr()
    _client: HttpClient = PrivateAttr()
    _now: datetime = PrivateAttr()
    _release_instant: datetime = PrivateAttr()
    _since: datetime | None = PrivateAttr(default=None)
    _days: tuple[date, date] | None = PrivateAttr(default=None)
    _crashed: bool = PrivateAttr(default=False)
    _is_prepared: bool = PrivateAttr(default=False)
    _open_file: ExitStack = PrivateAttr()
    _extractions: list[Extraction] = PrivateAttr(default_factory=list)
    _defects: Defects = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["RunContext"]:
        """Holds the home for the whole run: runs from the command line and from the UI wait for each other."""
        origin = self._origin()
        report = context.log.warning if context.log else None
        with (
            occupied(origin, report, self._work(context)) as settings,
            HttpClient(settings) as client,
            ExitStack() as open_file,
        ):
            self._settings = settings
            self._client = client
            self._extractions = []
            self._defects = Defects(settings.home, settings.environment)
            self._open_file = open_file
            if not settings.is_rate_limited:
                # Opening the working file takes 60 ms, twice per dataset. A live run closes it while it waits for
                # providers, so that `warehouse status` can read; the sample market needs no waiting.
                open_file.enter_context(connect(settings.working_file))
            self._crashed = self._is_prepared = False
            self._now, self._since = resume_from(settings, settings.now())
            self._release_instant = max(self._now, newest_observation(settings.working_file) or self._now)
            self._days = self._requested_days(context.run.tags if context.run else {})
            if self._release_instant > self._now and report:
                report(lies_before(self._now, self._release_instant))
            if self._since and report:
                report(f"resuming the interrupted run of {self._since:%Y-%m-%d %H:%M} UTC")
            settings.unfinished.write_text(f"{(self._since or self._now).isoformat()}\n")
            yield self
            # Not reached, or skipped, when the run was killed or crashed: the next run resumes it.
            if not self._crashed:
                settings.unfinished.unlink(missing_ok=True)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Around the work of a step: records a crash. A verdict on the figures (`dg.Failure`) is a normal end.

        Dagster stores exceptions in its records: a text with a secret in it is replaced.
        """
        try:
            yield
        except dg.Failure:
            raise
        except BaseException as error:
            self._crashed = True
            environment = self._settings.environment
            written = "".join(traceback.format_exception(error))
            if isinstance(error, Exception) and strike_out(written, environment) != written:
                raise RuntimeError(first_line(error, environment)) from None
            raise

    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Create what is missing in the working file, once per run: comparing all tables takes a while."""
        if not self._is_prepared:
            prepare(connection, datasets())
            self._is_prepared = True

    def record(self, extraction: Extraction) -> None:
        """Remember the result of a dataset in this run."""
        self._extractions.append(extraction)

    @property
    def has_no_figures(self) -> bool:
        """Whether this run tried to extract figures and received none at all.

        Figures in the home already (the user's files, collected hours) are enough where no provider was requested;
        where every provider failed, only newly collected hours are.
        """
        attempted = [done for done in self._extractions if done.outcome != "skipped"]
        local = [done for done in attempted if done.dataset.file_pattern or done.dataset.is_collected]
        is_local_alone = len(local) == len(attempted)
        successful = [
            done
            for done in attempted
            if done.outcome != "failed" and (is_local_alone or (done.responses and not done.dataset.file_pattern))
        ]
        return bool(self._extractions) and not successful

    @property
    def skipped_count(self) -> int:
        """How many datasets this run did not request because of how it is set up."""
        return sum(done.outcome == "skipped" for done in self._extractions)

    def close_working_file(self) -> None:
        """Close it for dbt, which opens it with its own settings; all assets that load run before."""
        self._open_file.close()

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def defects(self) -> Defects:
        return self._defects

    @property
    def client(self) -> HttpClient:
        return self._client

    @property
    def now(self) -> datetime:
        return self._now

    @property
    def release_instant(self) -> datetime:
        """The instant of the release: the run's, or that of the newest figures where these are newer."""
        return self._release_instant

    @property
    def window(self) -> Window | None:
        """The requested days, or None for each dataset's own look-back."""
        return Window.of_days(*self._days) if self._days else None

    def unfinished_run(
        self, dataset: Dataset, last_attempt: tuple[datetime, str] | None, rejected_ids: frozenset[str]
    ) -> UnfinishedRun | None:
        """The interrupted run, or incomplete attempt on `dataset`, whose responses need not be requested again.

        `rejected_ids` are ids of responses with rejected records.
        """
        if self._since:
            return UnfinishedRun(dataset, self._settings.landing, self._since, self._since == self._now, rejected_ids)
        if last_attempt is None or last_attempt[1] not in INCOMPLETE:
            return None
        since = last_attempt[0].replace(tzinfo=UTC)
        if since.date() != self._now.date():
            return None
        return UnfinishedRun(dataset, self._settings.landing, since, since == self._now, rejected_ids)

    def _work(self, context: dg.InitResourceContext) -> list[str]:
        """What the run fetches, for the leases of a lake: its sources and days."""
        selected = context.run.asset_selection if context.run else None
        sources = {dataset.provider.name for dataset in datasets()}
        named = {key.path[0] for key in selected} & sources if selected else sources
        month = context.run.tags.get(PARTITION_NAME_TAG) if context.run else None
        days = f"{self.start}..{self.end}" if self.start else month or "newest days"
        return [f"{name} {days}" for name in sorted(named)]

    def _origin(self) -> Origin | None:
        """Raises dg.Failure for an unknown origin, before the home is claimed for another one."""
        if not self.source:
            return None
        for origin in ORIGINS:
            if origin == self.source:
                return origin
        raise dg.Failure(f"source is {self.source!r}: write one of {', '.join(ORIGINS)}, or leave it empty")

    def _requested_days(self, tags: Mapping[str, str]) -> tuple[date, date] | None:
        """From the run's configuration, else the month of a backfill's partition."""
        if self.start:
            return date.fromisoformat(self.start), date.fromisoformat(self.end) if self.end else self._now.date()
        if month := tags.get(PARTITION_NAME_TAG):
            first = date.fromisoformat(month)
            return first, first.replace(day=monthrange(first.year, first.month)[1])
        return None


def lies_before(now: datetime, newest: datetime) -> str:
    """The warning about a run whose instant lies before that of stored figures."""
    return (
        f"this run's instant, {now:%Y-%m-%d %H:%M} UTC, lies before the newest figures of this home, observed at "
        f"{newest:%Y-%m-%d %H:%M} UTC: its figures are stored as older versions, newer ones stay current, and the "
        "release has the newer instant. If a clock was set ahead then, remove the folders of that day and of "
        "later ones from landing/*/*/ and run `warehouse reparse SOURCE` for each source"
    )
