"""Asking one dataset of one provider, and landing what it says. No row is made here.

A run asks for the same window every time (`Dataset.lookback`, a request or two), rather than for what is new since
the last run: holes heal by themselves, restatements are seen, and two runs at one instant do the same thing.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from orchestration.defects import Defects, ends_the_run
from orchestration.ingest.empty_responses import sentence
from orchestration.ingest.fetch import Fetcher, FetchResult
from orchestration.ingest.http import HttpClient
from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.ingest.progress import FetchProgress
from orchestration.ingest.resume import UnfinishedRun
from orchestration.raw.rejected_records import Rejections
from orchestration.redaction import strike_out
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Dataset, Request, Slice, SourceRejected, SourceUnavailable, Window
from orchestration.sources.shared.registry import launches

THREADS = 4
"""Subjects asked at once; the provider's rate, not this, sets the pace."""
THREADS_OF_FILES = 8
"""Files of an archive asked for at once: each is a question of its own, and small."""

NOT_IN_SAMPLE = "not part of the bundled sample"
BACKFILLS_ONLY = "asked in backfills only: give --start"
NOT_COLLECTED = "nothing was collected: `warehouse collect` listens to it"
IN_THE_FUTURE = "the window lies in the future"
OPT_IN_ONLY = "asked by opting in alone, see .env.example"
NOT_MEANT = frozenset({NOT_IN_SAMPLE, BACKFILLS_ONLY, NOT_COLLECTED, OPT_IN_ONLY})
"""Reasons to skip a dataset that need no action: the run was not meant to ask it."""
Outcome = Literal["answered", "partly answered", "failed", "skipped"]


@dataclass(frozen=True)
class Extraction:
    """What a dataset's provider answered: the landed answers, oldest question first, and what went wrong."""

    dataset: Dataset
    answers: tuple[StoredResponse, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What is told and no failure: assets that the provider lacks, addresses that refused what another one gave."""
    skipped: str | None = None
    has_good_answer: bool = True
    not_sent: int = 0
    """How many questions were not put, because the host had failed before."""
    landed_earlier: int = 0
    """How many of the answers were not asked for, because an unfinished run of today had landed them."""
    told: frozenset[str] = frozenset()
    """Ids of the answers of which the problems and notes tell already why they are not believed."""

    @property
    def believed(self) -> list[str]:
        """Ids of the answers that were taken for good before they were read."""
        return [answer.response_id for answer in self.answers if answer.response_id not in self.told]

    @property
    def outcome(self) -> Outcome:
        if self.skipped:
            return "skipped"
        if self.problems:
            return "partly answered" if self.has_good_answer else "failed"
        return "answered"

    @property
    def message(self) -> str | None:
        return self.skipped or "; ".join((*self.problems, *self.notes)) or None

    def once_read(self, rows_read: int, refused: Rejections, empty: Sequence[str] = ()) -> "Extraction":
        """What it came to when `rows_read` were read and some were refused of the answers that were believed.

        `empty` is what came without figures that were due (`orchestration.ingest.empty_responses`).
        """
        found = [refused.sentence] if refused.sentence else []
        if empty and not self.problems:
            found.append(sentence(self.dataset, empty))
        return replace(
            self,
            problems=(*self.problems, *found),
            notes=(*self.notes, *refused.notices),
            # What is loaded was answered, whatever came after it.
            has_good_answer=rows_read > 0 or (self.has_good_answer and not found),
        )


def extract(
    dataset: Dataset,
    settings: Settings,
    client: HttpClient,
    symbols: Mapping[str, str],
    now: datetime,
    window: Window | None = None,
    starts: Mapping[str, datetime] | None = None,
    earlier: UnfinishedRun | None = None,
    errand: FetchProgress | None = None,
    defects: Defects | None = None,
) -> Extraction:
    """Ask `dataset` for `window` (its own look-back when none is given), up to `now`, and land every answer.

    `symbols` maps assets to the provider's names; `starts` says from when an asset is asked, where that is later than
    the window's start. What is among the `earlier` answers of an unfinished run is not asked again. Failures of one
    subject don't stop the others, failures of our own code (reported to `defects`) included. `errand` is told how far
    it is.
    """
    provider = dataset.provider
    if dataset.file_pattern is None and settings.providers is not None and provider.name not in settings.providers:
        return Extraction(dataset, (), skipped=NOT_IN_SAMPLE)
    if not settings.is_asked(provider):
        return Extraction(dataset, (), skipped=OPT_IN_ONLY)
    if dataset.backfills_only and window is None:
        return Extraction(dataset, (), skipped=BACKFILLS_ONLY)
    if dataset.file_pattern is None and (refusal := settings.refusal(provider)):
        return Extraction(dataset, (), (refusal,), has_good_answer=False)
    if provider.key_required and settings.api_key(provider) is None:
        return Extraction(dataset, (), skipped=f"no key: set {provider.api_key_variable}")
    if dataset.file_pattern is not None:
        return _extract_files(dataset, settings, now)
    span = Window(window.start, min(window.end, now)) if window else Window(midnight(now - dataset.lookback), now)
    asks = list(_asks(dataset, settings, symbols, now, span, starts or {}))
    lacking = [asset for asset in settings.assets if dataset.per_asset and asset not in symbols]
    unlisted = (f"{provider.name} has no symbol for {', '.join(lacking)}",) if lacking else ()
    if not asks or span.start >= span.end:
        nothing = IN_THE_FUTURE if span.start >= span.end else "the window ends before there is anything to ask for"
        return Extraction(dataset, (), skipped="; ".join(unlisted) or nothing)
    defects = defects or Defects(settings.home, settings.environment)
    questions, unplanned = _planned(dataset, asks, defects)
    if dataset.has_independent_requests:
        questions = [[request] for requests in questions for request in requests]
    errand = errand or FetchProgress(dataset)
    errand.planned((request for requests in questions for request in requests), settings.is_paced)
    asking = Fetcher(dataset, settings, client, Landing(settings.landing), errand, now, defects, earlier)
    threads = 1 if dataset.blocked_hint else THREADS_OF_FILES if dataset.has_independent_requests else THREADS
    with ThreadPoolExecutor(threads, thread_name_prefix=provider.name) as pool:
        results = [*unplanned, *pool.map(asking.answer, questions)]
    return _sum_up(dataset, results, unlisted, settings.environment)


def _planned(
    dataset: Dataset, asks: Sequence[Slice], defects: Defects
) -> tuple[list[list[Request]], list[FetchResult]]:
    """The requests of each subject, and what went wrong with those that could not be planned."""
    questions: list[list[Request]] = []
    failed: list[FetchResult] = []
    for ask in asks:
        try:
            questions.append(list(dataset.plan(ask)))
        except (SourceRejected, SourceUnavailable) as problem:
            failed.append(FetchResult(problem=str(problem)))
        except Exception as error:
            if ends_the_run(error):
                raise
            doing = f"{dataset.provider.name} {dataset.name} for {ask.subject}: planning the requests"
            failed.append(FetchResult(problem=defects.sentence(error, doing)))
    return questions, failed


def _sum_up(
    dataset: Dataset, results: Sequence[FetchResult], unlisted: tuple[str, ...], environment: Mapping[str, str]
) -> Extraction:
    answers = tuple(answer for answered in results for answer in answered.landed)
    problems = [strike_out(answered.problem, environment) for answered in results if answered.problem]
    has_good_answer = any(answered.has_good_answer for answered in results)
    absent = sum(answered.absent_count for answered in results)
    if absent and not has_good_answer and not problems:
        problems = [
            f"{dataset.provider.name} {dataset.name}: answered 404 to all {absent} questions, nothing of what was "
            "asked for is there; check the window, and the names in dbt_project/seeds"
        ]
    return Extraction(
        dataset,
        answers,
        tuple(dict.fromkeys(problems)),
        (*unlisted, *(strike_out(note, environment) for answered in results for note in answered.notes)),
        has_good_answer=has_good_answer,
        not_sent=sum(not answered.was_sent for answered in results),
        landed_earlier=sum(answered.earlier_count for answered in results),
        told=frozenset(response_id for answered in results for response_id in answered.told),
    )


def _asks(
    dataset: Dataset,
    settings: Settings,
    symbols: Mapping[str, str],
    now: datetime,
    span: Window,
    starts: Mapping[str, datetime],
) -> Iterator[Slice]:
    options = settings.options(dataset.provider)
    if not dataset.per_asset:
        yield Slice("ALL", "", span, now, options)
        return
    launched = launches() if dataset.per_asset else {}
    for asset in settings.assets:
        # Nothing is older than the asset, or than the provider's first figure: years of months that are not there.
        bounds = (span.start, starts.get(asset), launched.get(asset), dataset.available_since)
        start = max(bound for bound in bounds if bound)
        if asset in symbols and start < span.end:
            yield Slice(asset, symbols[asset], Window(start, span.end), now, options)


def _extract_files(dataset: Dataset, settings: Settings, now: datetime) -> Extraction:
    """Land the user's files that match the dataset's pattern, as if a provider had sent them when they were written.

    A chart exported at noon ends in a bar of half a day: closed by the time of the run, not by the file's.
    """
    files = sorted(path for path in _files(settings.imports) if fnmatch(path.name, dataset.file_pattern or ""))
    if not files:
        return Extraction(
            dataset, (), skipped=f"no file like '{dataset.file_pattern}' in the imports folder of the home"
        )
    landing = Landing(settings.landing)
    answers: list[StoredResponse] = []
    problems: list[str] = []
    for path in files:
        try:
            body, written = path.read_bytes(), _written(path, now)
        except OSError as error:
            problems.append(f"{path} can't be read ({error.strerror}): check who may read it, and run again")
            continue
        answers.append(landing.store(dataset, Request(path.name), f"imports:{path.name}", 200, body, written, now))
    return Extraction(dataset, tuple(answers), tuple(problems), has_good_answer=bool(answers))


def _written(path: Path, now: datetime) -> datetime:
    return min(now, datetime.fromtimestamp(int(path.stat().st_mtime), UTC))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else iter(())


def midnight(instant: datetime) -> datetime:
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)
