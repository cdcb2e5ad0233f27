"""Asking one dataset of one provider, and landing what it says. No row is made here.

A run asks for the same window every time (`Dataset.lookback`, a request or two), rather than for what is new since
the last run: holes heal by themselves, restatements are seen, and two runs at one instant do the same thing.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from orchestration.http import HttpClient
from orchestration.landing import Landed, Landing
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

THREADS = 4
"""Subjects asked at once; the provider's rate limiter, not this, sets the pace."""

NOT_IN_SAMPLE = "not part of the bundled sample"
Outcome = Literal["answered", "partly answered", "failed", "skipped"]


@dataclass(frozen=True)
class Extraction:
    """What a dataset's provider answered: the landed answers, oldest question first, and what went wrong."""

    dataset: Dataset
    answers: tuple[Landed, ...]
    problems: tuple[str, ...] = ()
    skipped: str | None = None
    has_good_answer: bool = True

    @property
    def outcome(self) -> Outcome:
        if self.skipped:
            return "skipped"
        if self.problems:
            return "partly answered" if self.has_good_answer else "failed"
        return "answered"

    @property
    def message(self) -> str | None:
        return self.skipped or "; ".join(self.problems) or None


def extract(
    dataset: Dataset,
    settings: Settings,
    client: HttpClient,
    symbols: Mapping[str, str],
    now: datetime,
    window: Window | None = None,
) -> Extraction:
    """Ask `dataset` for `window` (its own look-back when none is given), up to `now`, and land every answer.

    `symbols` maps assets to the provider's names. Failures of one subject don't stop the others.
    """
    provider = dataset.provider
    if dataset.files is None and settings.providers is not None and provider.name not in settings.providers:
        return Extraction(dataset, (), skipped=NOT_IN_SAMPLE)
    if provider.key_required and settings.api_key(provider) is None:
        return Extraction(dataset, (), skipped=f"no key: set {provider.api_key_variable}")
    if dataset.files is not None:
        return _extract_files(dataset, settings, now)
    span = (
        Window(window.start, min(window.end, now)) if window else Window(_midnight(now - _lookback(dataset, now)), now)
    )
    asks = list(_asks(dataset, settings, symbols, now, span))
    missing = [
        f"{asset} has no symbol at {provider.name}"
        for asset in settings.assets
        if dataset.per_asset and asset not in symbols
    ]
    if not asks or span.start >= span.end:
        return Extraction(dataset, (), skipped="; ".join(missing) or "the window lies in the future")
    with ThreadPoolExecutor(THREADS, thread_name_prefix=provider.name) as pool:
        results = list(pool.map(lambda ask: _answer(dataset, ask, settings, client), asks))
    answers = tuple(answer for landed, _ in results for answer in landed)
    # Of the answers to a question that failed, only the last one was bad.
    good = sum(len(landed) - (problem is not None) for landed, problem in results)
    return Extraction(dataset, answers, tuple(problem for _, problem in results if problem), has_good_answer=good > 0)


def _asks(
    dataset: Dataset, settings: Settings, symbols: Mapping[str, str], now: datetime, span: Window
) -> Iterator[Ask]:
    options = settings.options(dataset.provider)
    if not dataset.per_asset:
        yield Ask("ALL", "", span, now, options)
        return
    for asset in settings.assets:
        if asset in symbols:
            yield Ask(asset, symbols[asset], span, now, options)


def _answer(dataset: Dataset, ask: Ask, settings: Settings, client: HttpClient) -> tuple[list[Landed], str | None]:
    """Every page of one question. The first failure ends it; what was landed before stays."""
    landing = Landing(settings.landing)
    landed: list[Landed] = []
    try:
        for planned in dataset.plan(ask):
            request: Request | None = planned
            asked: set[str] = set()
            while request is not None:
                cursor = repr((request.path, sorted(request.params.items())))
                if cursor in asked:
                    raise SourceRejected(f"{dataset.provider.name} {request.path}: the cursor stands still; stopped")
                asked.add(cursor)
                answer = client.ask(dataset.provider, request)
                stored = landing.store(dataset, request, answer.url, answer.status, answer.body, settings.now())
                landed.append(stored)
                if answer.problem:
                    raise answer.problem
                response = Response(
                    stored.response_id, stored.source, stored.dataset, request, answer.url, answer.status,
                    stored.fetched_at, answer.body,
                )  # fmt: skip
                dataset.verify(response)
                request = dataset.follow(response)
    except (SourceRejected, SourceUnavailable) as problem:
        return landed, str(problem)
    return landed, None


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
