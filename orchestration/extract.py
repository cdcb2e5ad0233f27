"""Asking one dataset of one provider, and landing what it says. No row is made here.

A run asks for the same window every time (`Dataset.lookback`, a request or two), rather than for what is new since
the last run: holes heal by themselves, restatements are seen, and two runs at one instant do the same thing.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from orchestration.http import Answer, HttpClient
from orchestration.landing import Landed, Landing
from orchestration.resume import Earlier
from orchestration.settings import Settings
from orchestration.sources.contract import (
    Ask,
    Dataset,
    Request,
    Response,
    SourceRejected,
    SourceUnavailable,
    Window,
)
from orchestration.stand_ins import Addresses

THREADS = 4
"""Subjects asked at once; the provider's rate limiter, not this, sets the pace."""

NOT_IN_SAMPLE = "not part of the bundled sample"
BACKFILLS_ONLY = "asked in backfills only: give --start"
NOT_MEANT = frozenset({NOT_IN_SAMPLE, BACKFILLS_ONLY})
"""Reasons to skip a dataset that need no action: the run was not meant to ask it."""
Outcome = Literal["answered", "partly answered", "failed", "skipped"]


@dataclass(frozen=True)
class Extraction:
    """What a dataset's provider answered: the landed answers, oldest question first, and what went wrong."""

    dataset: Dataset
    answers: tuple[Landed, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What was refused although the figures came, from another address."""
    skipped: str | None = None
    has_good_answer: bool = True
    landed_earlier: int = 0
    """How many of the answers were not asked for, because an unfinished run of today had landed them."""

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


def extract(
    dataset: Dataset,
    settings: Settings,
    client: HttpClient,
    symbols: Mapping[str, str],
    now: datetime,
    window: Window | None = None,
    starts: Mapping[str, datetime] | None = None,
    earlier: Earlier | None = None,
) -> Extraction:
    """Ask `dataset` for `window` (its own look-back when none is given), up to `now`, and land every answer.

    `symbols` maps assets to the provider's names; `starts` says from when an asset is asked, where that is later than
    the window's start. What is among the `earlier` answers of an unfinished run is not asked again. Failures of one
    subject don't stop the others.
    """
    provider = dataset.provider
    if dataset.files is None and settings.providers is not None and provider.name not in settings.providers:
        return Extraction(dataset, (), skipped=NOT_IN_SAMPLE)
    if dataset.backfills_only and window is None:
        return Extraction(dataset, (), skipped=BACKFILLS_ONLY)
    if provider.key_required and settings.api_key(provider) is None:
        return Extraction(dataset, (), skipped=f"no key: set {provider.api_key_variable}")
    if dataset.files is not None:
        return _extract_files(dataset, settings, now)
    span = (
        Window(window.start, min(window.end, now)) if window else Window(_midnight(now - _lookback(dataset, now)), now)
    )
    asks = list(_asks(dataset, settings, symbols, now, span, starts or {}))
    missing = [
        f"{asset} has no symbol at {provider.name}"
        for asset in settings.assets
        if dataset.per_asset and asset not in symbols
    ]
    if not asks or span.start >= span.end:
        return Extraction(dataset, (), skipped="; ".join(missing) or "the window lies in the future")
    questions = [list(dataset.plan(ask)) for ask in asks]
    if dataset.has_separate_requests:
        questions = [[request] for requests in questions for request in requests]
    landing = Landing(settings.landing)
    closed: set[int] = set()
    threads = 1 if dataset.when_blocked else THREADS
    with ThreadPoolExecutor(threads, thread_name_prefix=provider.name) as pool:
        results = list(
            pool.map(
                lambda requests: _answer(
                    dataset, requests, landing, settings, client, earlier, Addresses(dataset, closed)
                ),
                questions,
            )
        )
    answers = tuple(answer for answered in results for answer in answered.landed)
    return Extraction(
        dataset,
        answers,
        tuple(dict.fromkeys(answered.problem for answered in results if answered.problem)),
        tuple(note for answered in results for note in answered.notes),
        has_good_answer=any(answered.has_good_answer for answered in results),
        landed_earlier=sum(answered.earlier_count for answered in results),
    )


def _asks(
    dataset: Dataset,
    settings: Settings,
    symbols: Mapping[str, str],
    now: datetime,
    span: Window,
    starts: Mapping[str, datetime],
) -> Iterator[Ask]:
    options = settings.options(dataset.provider)
    if not dataset.per_asset:
        yield Ask("ALL", "", span, now, options)
        return
    for asset in settings.assets:
        start = max(span.start, starts.get(asset, span.start))
        if asset in symbols and start < span.end:
            yield Ask(asset, symbols[asset], Window(start, span.end), now, options)


@dataclass
class _Answered:
    """What one question came to, page by page, until a problem ended it."""

    landed: list[Landed] = field(default_factory=list)
    has_good_answer: bool = False
    earlier_count: int = 0
    notes: list[str] = field(default_factory=list)
    problem: str | None = None


def _answer(
    dataset: Dataset,
    requests: Sequence[Request],
    landing: Landing,
    settings: Settings,
    client: HttpClient,
    earlier: Earlier | None,
    addresses: Addresses,
) -> _Answered:
    """Every page of one question. The first failure without a stand-in ends it; what was landed before stays."""
    answered = _Answered()
    try:
        for planned in requests:
            request: Request | None = addresses.open(planned)
            asked: set[str] = set()
            while request is not None:
                if request.as_sent in asked:
                    raise SourceRejected(f"{dataset.provider.name} {request.path}: the cursor stands still; stopped")
                asked.add(request.as_sent)
                kept = landing.newest(dataset, request.path) if request.sha256 else None
                if kept and kept.sha256 == request.sha256:
                    # The very file is here already: it is read again, and not asked for again.
                    answered.landed.append(kept)
                    answered.has_good_answer = True
                    break
                known = earlier.answer_to(request) if earlier else None
                if known:
                    answered.landed.append(known)
                    answered.has_good_answer = True
                    answered.earlier_count += 1
                    # What is asked next may stand in the request, which is not kept on disk as a whole.
                    request = dataset.follow(replace(known.response, request=request))
                    continue
                answer = client.ask(dataset.provider, request)
                stored = landing.store(dataset, request, answer.url, answer.status, answer.body, settings.now())
                answered.landed.append(stored)
                if answer.status == 404 and request.may_be_absent:
                    answered.has_good_answer = True
                    break
                asked_now = request
                try:
                    request = _verified(dataset, stored, asked_now, answer)
                    answered.has_good_answer = True
                except (SourceRejected, SourceUnavailable) as problem:
                    request = addresses.after(asked_now, problem, answer.status)
        answered.notes = addresses.notes()
    except (SourceRejected, SourceUnavailable) as problem:
        answered.problem = str(problem)
    return answered


def _verified(dataset: Dataset, stored: Landed, request: Request, answer: Answer) -> Request | None:
    """Judge a body, and say what is asked next because of it."""
    if answer.problem:
        raise answer.problem
    response = Response(
        stored.response_id, stored.source, stored.dataset, request, answer.url, answer.status, stored.fetched_at,
        answer.body,
    )  # fmt: skip
    dataset.verify(response)
    return dataset.follow(response)


def _extract_files(dataset: Dataset, settings: Settings, now: datetime) -> Extraction:
    """Land the user's files that match the dataset's pattern, as if a provider had sent them when they were written.

    A chart exported at noon ends in a bar of half a day: closed by the time of the run, not by the file's.
    """
    files = sorted(path for path in _files(settings.imports) if fnmatch(path.name, dataset.files or ""))
    if not files:
        return Extraction(dataset, (), skipped=f"no file like '{dataset.files}' in {settings.imports}")
    landing = Landing(settings.landing)
    answers = tuple(
        landing.store(dataset, Request(path.name), f"imports:{path.name}", 200, path.read_bytes(), _written(path, now))
        for path in files
    )
    return Extraction(dataset, answers)


def _written(path: Path, now: datetime) -> datetime:
    return min(now, datetime.fromtimestamp(int(path.stat().st_mtime), UTC))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else iter(())


def _lookback(dataset: Dataset, now: datetime) -> timedelta:
    return dataset.monthly_lookback if dataset.monthly_lookback and now.day == 1 else dataset.lookback


def _midnight(instant: datetime) -> datetime:
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)
