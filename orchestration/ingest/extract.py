"""Extracting one dataset: plan the requests of every subject, fetch them, store the responses. No row is made here.

A run requests the same window every time (`Dataset.lookback`, a request or two), not only what is new since the last
run: gaps fill by themselves, restatements are seen, and two runs at one instant do the same thing.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

from orchestration.defects import Defects, ends_the_run
from orchestration.ingest.extraction import (
    BACKFILLS_ONLY,
    IN_THE_FUTURE,
    NO_KEY,
    NOT_IN_SAMPLE,
    OPT_IN_ONLY,
    Extraction,
    sum_up,
)
from orchestration.ingest.fetch import Fetcher, FetchResult
from orchestration.ingest.http import HttpClient
from orchestration.ingest.landing import Landing, StoredResponse
from orchestration.ingest.progress import FetchProgress
from orchestration.ingest.resume import UnfinishedRun
from orchestration.settings import Settings
from orchestration.sources.shared.contract import Dataset, Request, Slice, SourceRejected, SourceUnavailable, Window
from orchestration.sources.shared.registry import SymbolTerm, launches, symbol_terms

THREADS = 4
"""Subjects fetched at once; the provider's rate limit, not this number, sets the speed."""
THREADS_OF_FILES = 8
"""Files of an archive fetched at once: each is a request of its own, and small."""


def extract(
    dataset: Dataset,
    settings: Settings,
    client: HttpClient,
    symbols: Mapping[str, str],
    now: datetime,
    window: Window | None = None,
    starts: Mapping[str, datetime] | None = None,
    unfinished_run: UnfinishedRun | None = None,
    progress: FetchProgress | None = None,
    defects: Defects | None = None,
) -> Extraction:
    """Fetch and store the responses of `dataset` for `window` (by default its own look-back), up to `now`.

    `symbols` maps assets to the provider's names; `starts` gives a later start per asset than the window's. Responses
    of an `unfinished_run` are not requested again. A failure of one subject does not stop the others; a failure of our
    own code doesn't either, and is reported to `defects`.
    """
    if nothing := nothing_to_fetch(dataset, settings, window):
        return nothing
    if dataset.file_pattern is not None:
        return _extract_files(dataset, settings, now)
    provider = dataset.provider
    span = Window(window.start, min(window.end, now)) if window else Window(midnight(now - dataset.lookback), now)
    slices = list(_slices(dataset, settings, symbols, now, span, starts or {}))
    unlisted = [asset for asset in settings.assets if dataset.per_asset and asset not in symbols]
    lacking = f"{provider.name} has no symbol for {', '.join(unlisted)}" if unlisted else ""
    # Nobody chose the default assets, so nobody misses them.
    notes = (lacking,) if lacking and settings.has_chosen_assets else ()
    if not slices or span.start >= span.end:
        reason = IN_THE_FUTURE if span.start >= span.end else "the window ends before there is anything to request"
        return Extraction(dataset, (), skipped=lacking or reason)
    defects = defects or Defects(settings.home, settings.environment)
    planned, unplanned = _planned(dataset, slices, defects)
    if dataset.has_independent_requests:
        planned = [[request] for requests in planned for request in requests]
    progress = progress or FetchProgress(dataset)
    progress.expect((request for requests in planned for request in requests), settings.is_rate_limited)
    fetcher = Fetcher(dataset, settings, client, Landing.of(settings), progress, now, defects, unfinished_run)
    threads = 1 if dataset.blocked_hint else THREADS_OF_FILES if dataset.has_independent_requests else THREADS
    with ThreadPoolExecutor(threads, thread_name_prefix=provider.name) as pool:
        results = [*unplanned, *pool.map(fetcher.fetch, planned)]
    return sum_up(dataset, results, notes, settings.environment)


def nothing_to_fetch(dataset: Dataset, settings: Settings, window: Window | None) -> Extraction | None:
    """The extraction of a dataset that this run skips or can't request at all; None when it can be fetched."""
    provider = dataset.provider
    if dataset.file_pattern is None and settings.providers is not None and provider.name not in settings.providers:
        return Extraction(dataset, (), skipped=NOT_IN_SAMPLE)
    if not settings.is_enabled(provider):
        return Extraction(dataset, (), skipped=OPT_IN_ONLY)
    if dataset.backfills_only and window is None:
        return Extraction(dataset, (), skipped=BACKFILLS_ONLY)
    if dataset.file_pattern is None and (refusal := settings.refusal(provider)):
        return Extraction(dataset, (), (refusal,), has_good_response=False)
    if provider.key_required and settings.api_key(provider) is None:
        return Extraction(dataset, (), skipped=f"{NO_KEY}: set {provider.api_key_variable}")
    return None


def _planned(
    dataset: Dataset, slices: Sequence[Slice], defects: Defects
) -> tuple[list[list[Request]], list[FetchResult]]:
    """The requests of each subject, and the problems of subjects whose requests could not be planned."""
    planned: list[list[Request]] = []
    failed: list[FetchResult] = []
    for part in slices:
        try:
            planned.append(list(dataset.plan(part)))
        except (SourceRejected, SourceUnavailable) as problem:
            failed.append(FetchResult(problem=str(problem)))
        except Exception as error:
            if ends_the_run(error):
                raise
            doing = f"{dataset.provider.name} {dataset.name} for {part.subject}: planning the requests"
            failed.append(FetchResult(problem=defects.sentence(error, doing)))
    return planned, failed


def _slices(
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
    launched, renamed = launches(), symbol_terms(dataset.provider.name)
    for asset in settings.assets:
        # Nothing is older than the asset or than the provider's first figure: no requests for years that don't exist.
        bounds = (span.start, starts.get(asset), launched.get(asset), dataset.available_since)
        start = max(bound for bound in bounds if bound)
        if asset in symbols and start < span.end:
            terms = renamed.get(asset) or [SymbolTerm(symbols[asset], None)]
            for name, window in _in_terms(terms, Window(start, span.end)):
                yield Slice(asset, name, window, now, options)


def _in_terms(terms: Sequence[SymbolTerm], span: Window) -> Iterator[tuple[str, Window]]:
    """The names that are used within `span`, oldest first, each with its part: none is requested for another's days."""
    ends = [later.since or span.end for later in terms[1:]]
    for term, end in zip(terms, [*ends, span.end], strict=True):
        start = max(span.start, term.since or span.start)
        if start < min(span.end, end):
            yield term.symbol, Window(start, min(span.end, end))


def _extract_files(dataset: Dataset, settings: Settings, now: datetime) -> Extraction:
    """Store the user's files that match the dataset's pattern, as responses fetched when they were written.

    A chart exported at noon ends in a bar of half a day: whether a bar is closed depends on the file's time as well.
    """
    found = sorted(path for path in _files(settings.imports) if fnmatch(path.name, dataset.file_pattern or ""))
    if not found:
        return Extraction(
            dataset, (), skipped=f"no file like '{dataset.file_pattern}' in the imports folder of the home"
        )
    landing = Landing.of(settings)
    stored: list[StoredResponse] = []
    problems: list[str] = []
    read: list[tuple[datetime, Path, bytes]] = []
    for path in found:
        try:
            path.name.encode()
            read.append((_written(path, now), path, path.read_bytes()))
        except UnicodeEncodeError:
            name = os.fsencode(path).decode("utf-8", "backslashreplace")
            problems.append(f"{name} has a name that is not in UTF-8: rename it")
        except OSError as error:
            problems.append(f"{path} can't be read ({error.strerror}): check who may read it, and run again")
    # Of two exports of a chart the later one counts.
    for written, path, body in sorted(read, key=lambda file: (file[0], file[1].stem)):
        stored.append(landing.store(dataset, Request(path.name), f"imports:{path.name}", 200, body, written, now))
    return Extraction(dataset, tuple(stored), tuple(problems), has_good_response=bool(stored))


def _written(path: Path, now: datetime) -> datetime:
    return min(now, datetime.fromtimestamp(int(path.stat().st_mtime), UTC))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else iter(())


def midnight(instant: datetime) -> datetime:
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)
