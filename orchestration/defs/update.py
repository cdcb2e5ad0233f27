"""Bringing raw tables up to date: providers are fetched side by side, their responses are loaded one dataset at a time.

Each provider has a rate limit of its own, so a run takes as long as the slowest one, not as long as all of them
together. Fetching needs no database: the working file is open before it, and for each load.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from queue import SimpleQueue

import duckdb

from orchestration.collector.collected import collected
from orchestration.defects import ends_the_run
from orchestration.defs.resources import RunContext
from orchestration.ingest.extract import extract, midnight, nothing_to_fetch
from orchestration.ingest.extraction import COMPLETE, PARTIAL, Extraction
from orchestration.ingest.progress import FetchProgress
from orchestration.ingest.resume import UnfinishedRun
from orchestration.raw.batch import Loaded
from orchestration.raw.empty_responses import missing_sentence
from orchestration.raw.load import load
from orchestration.raw.rejected_records import rejected_response_ids, rejections
from orchestration.raw.working_file import archived_until, connect, last_attempt, record_attempt, record_attempts
from orchestration.sources.shared.contract import Dataset, Window
from orchestration.sources.shared.registry import symbols

Report = Callable[[str], None]
"""Takes a sentence: how long a dataset will take, where that is long, and its result."""


@dataclass(frozen=True)
class Planned:
    """A dataset with all that the working file knows for its requests.

    `starts`: per asset, where an archive ends. `extraction`: what needs no request (skipped, or collected).
    """

    dataset: Dataset
    window: Window | None
    starts: Mapping[str, datetime]
    unfinished_run: UnfinishedRun | None
    extraction: Extraction | None


@dataclass(frozen=True)
class Stored:
    """What a raw table holds. `first` and `last`: the days of the windows that its responses cover, or empty."""

    version_count: int = 0
    first: str = ""
    last: str = ""


@dataclass(frozen=True)
class Update:
    """What a run did with one dataset."""

    extraction: Extraction
    loaded: Loaded
    stored: Stored

    @property
    def dataset(self) -> Dataset:
        return self.extraction.dataset


@dataclass(frozen=True)
class _Fetched:
    extraction: Extraction
    progress: FetchProgress


_Arrival = str | _Fetched | BaseException
"""From a thread that fetches: a sentence to report, a dataset, or the exception that ended the thread."""


def update_datasets(selected: Collection[Dataset], run_context: RunContext, report: Report) -> Iterator[Update]:
    """Fetch, store and load each dataset, and record the attempt; results come as they are done.

    Datasets that another one continues (archives) come first. Raises what would fail for every dataset.
    """
    archives = {dataset.archive for dataset in selected if dataset.archive}
    first = [dataset for dataset in selected if (dataset.provider.name, dataset.name) in archives]
    for wave in (first, [dataset for dataset in selected if dataset not in first]):
        planned = _plan(wave, run_context)
        yield from _skipped(planned, run_context)
        yield from _fetched(
            [plan for plan in planned if not (plan.extraction and plan.extraction.skipped)], run_context, report
        )


def update_dataset(dataset: Dataset, run_context: RunContext, report: Report) -> Update:
    """Fetch, store and load one dataset, and record the attempt."""
    (update,) = update_datasets([dataset], run_context, report)
    return update


def monthly_window(dataset: Dataset, now: datetime, last: tuple[datetime, str] | None) -> Window | None:
    """The whole history of a provider that rewrites it, until a run of the month has received it; else None.

    `last` is when the dataset was last attempted (naive UTC), and the outcome. All runs of a month's first day request
    it, so that a resumed run requests the same.
    """
    if dataset.monthly_lookback is None:
        return None
    if last and now.day > 1:
        attempted_at, outcome = last
        is_same_month = (attempted_at.year, attempted_at.month) == (now.year, now.month)
        if is_same_month and outcome in (COMPLETE, PARTIAL):
            return None
    return Window(midnight(now - dataset.monthly_lookback), now)


def _plan(wave: Sequence[Dataset], run_context: RunContext) -> list[Planned]:
    if not wave:
        return []
    with connect(run_context.settings.working_file) as connection:
        run_context.prepare(connection)
        return [_plan_one(connection, dataset, run_context) for dataset in wave]


def _plan_one(connection: duckdb.DuckDBPyConnection, dataset: Dataset, run_context: RunContext) -> Planned:
    settings, now, window = run_context.settings, run_context.now, run_context.window
    if nothing := nothing_to_fetch(dataset, settings, window):
        return Planned(dataset, window, {}, None, nothing)
    last = last_attempt(connection, dataset)
    return Planned(
        dataset,
        window or monthly_window(dataset, now, last),
        archived_until(connection, dataset.archive) if dataset.archive and window else {},
        run_context.unfinished_run(dataset, last, rejected_response_ids(connection, dataset)),
        collected(dataset, settings, connection, now) if dataset.is_collected else None,
    )


def _skipped(planned: Sequence[Planned], run_context: RunContext) -> Iterator[Update]:
    """Record the datasets that this run does not request, all at once."""
    skipped = [plan.extraction for plan in planned if plan.extraction and plan.extraction.skipped]
    if not skipped:
        return
    with connect(run_context.settings.working_file) as connection:
        attempts = [(extraction.dataset, extraction.outcome, extraction.message) for extraction in skipped]
        record_attempts(connection, attempts, run_context.now)
    for extraction in skipped:
        run_context.record(extraction)
        yield Update(extraction, Loaded(0, 0, 0), Stored())


def _fetched(planned: Sequence[Planned], run_context: RunContext, report: Report) -> Iterator[Update]:
    """Fetch in one thread per address; report and load in this one, because DuckDB and Dagster's log are its own.

    Providers at one address, such as the spot and futures markets of a venue, are fetched one after the other: some
    venues count all requests together.
    """
    if not planned:
        return
    by_address: dict[str, list[Planned]] = {}
    for plan in planned:
        by_address.setdefault(run_context.settings.base_url(plan.dataset.provider), []).append(plan)
    arrived: SimpleQueue[_Arrival] = SimpleQueue()
    remaining = len(planned)
    with ThreadPoolExecutor(len(by_address), thread_name_prefix="provider") as pool:
        try:
            for plans in by_address.values():
                pool.submit(_fetch_all, plans, run_context, arrived)
            while remaining:
                updates = _load_arrived(_next(arrived, report), run_context, report)
                remaining -= len(updates)
                yield from updates
        finally:
            if remaining:
                # After an error no thread waits for its provider any longer.
                run_context.client.stop()


def _fetch_all(plans: Sequence[Planned], run_context: RunContext, arrived: "SimpleQueue[_Arrival]") -> None:
    """Fetch the datasets of one address, one after the other. An exception goes to the thread that loads."""
    try:
        for plan in plans:
            arrived.put(_fetch(plan, run_context, arrived.put))
    except BaseException as error:
        arrived.put(error)


def _fetch(plan: Planned, run_context: RunContext, report: Report) -> _Fetched:
    dataset, settings, client = plan.dataset, run_context.settings, run_context.client
    progress = FetchProgress(dataset, client.rate_limiter(dataset.provider), report)
    if plan.extraction:
        return _Fetched(plan.extraction, progress)
    names = symbols(dataset.provider.name)
    with progress.shown():
        try:
            extraction = extract(
                dataset, settings, client, names, run_context.now, plan.window, plan.starts, plan.unfinished_run,
                progress, run_context.defects,
            )  # fmt: skip
        except Exception as error:
            extraction = _failed(Extraction(dataset, ()), error, "requesting", run_context)
    return _Fetched(extraction, progress)


def _next(arrived: "SimpleQueue[_Arrival]", report: Report) -> list[_Fetched]:
    """Wait for the next dataset that is fetched; returns all that have arrived by then. Raises a thread's exception."""
    fetched: list[_Fetched] = []
    while not fetched or not arrived.empty():
        match arrived.get():
            case str() as sentence:
                report(sentence)
            case _Fetched() as one:
                fetched.append(one)
            case error:
                raise error
    return fetched


def _load_arrived(arrived: Sequence[_Fetched], run_context: RunContext, report: Report) -> list[Update]:
    """Load what was fetched; the working file is opened once, which takes longer than loading a small dataset."""
    with connect(run_context.settings.working_file) as connection:
        return [_update(connection, fetched, run_context, report) for fetched in arrived]


def _update(
    connection: duckdb.DuckDBPyConnection, fetched: _Fetched, run_context: RunContext, report: Report
) -> Update:
    """Load one dataset, and record the attempt."""
    dataset = fetched.extraction.dataset
    loaded, extraction = _load(connection, fetched.extraction, run_context)
    run_context.record(extraction)
    record_attempt(connection, dataset, run_context.now, extraction.outcome, extraction.message)
    stored = _stored(connection, dataset)
    if not extraction.skipped:
        report(f"{dataset.table}: {_in_words(extraction, loaded, fetched.progress)}")
    return Update(extraction, loaded, stored)


def _stored(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> Stored:
    found = connection.execute(
        f"select (select count(*) from raw.{dataset.table}), "
        "coalesce(strftime(min(window_start), '%Y-%m-%d'), ''), coalesce(strftime(max(window_end), '%Y-%m-%d'), '') "
        "from raw.responses where source = ? and dataset = ? and status = 200",
        [dataset.provider.name, dataset.name],
    ).fetchone()
    return Stored(*found) if found else Stored()


def _load(
    connection: duckdb.DuckDBPyConnection, extraction: Extraction, run_context: RunContext
) -> tuple[Loaded, Extraction]:
    """Load the responses of an extraction, and add rejected records and missing figures to its problems."""
    dataset = extraction.dataset
    try:
        loaded = load(connection, dataset, extraction.loadable, run_context.settings.landing, run_context.defects)
        rejected = rejections(connection, extraction.accepted_ids)
        missing = missing_sentence(dataset, loaded.empty_responses)
        return loaded, extraction.after_load(loaded.rows_read, rejected.sentence, rejected.notices, missing)
    except Exception as error:
        return Loaded(0, 0, 0), _failed(extraction, error, "loading", run_context)


def _failed(extraction: Extraction, error: Exception, doing: str, run_context: RunContext) -> Extraction:
    """The result of a dataset on which our own code failed. Raises what would fail for every other dataset, too."""
    if ends_the_run(error):
        raise error
    dataset = extraction.dataset
    sentence = run_context.defects.sentence(error, f"{dataset.provider.name} {dataset.name}: {doing}")
    return replace(extraction, problems=(*extraction.problems, sentence), has_good_response=False)


def _in_words(extraction: Extraction, loaded: Loaded, progress: FetchProgress) -> str:
    reused = f", {extraction.reused_count} responses reused" if extraction.reused_count else ""
    unsent = f", {extraction.unsent_count} subjects not requested" if extraction.unsent_count else ""
    return (
        f"{extraction.outcome}, {loaded.rows_new} new versions of {progress.summary(loaded.rows_read)}{reused}{unsent}"
    )
