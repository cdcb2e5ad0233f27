"""The main job, executed in this process: extract, load, build, check, publish.

`warehouse run` and the Dagster UI run the same job; this module starts it and sums up what happened.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from time import perf_counter
from typing import TYPE_CHECKING, Any

from orchestration.file_errors import FileUnusable, WarehouseBusy, duckdb_sentence, is_damage
from orchestration.home import exclusive, origin_of
from orchestration.ingest.extraction import EXPECTED_SKIPS
from orchestration.ingest.hosts import NO_NETWORK, RUN_AGAIN, UNREACHED
from orchestration.ingest.progress import on_terminal
from orchestration.raw.working_file import connect, damaged
from orchestration.release.checker import checker
from orchestration.release.open import open_published
from orchestration.release.publish import Release, current
from orchestration.settings import Origin, Settings, environment
from orchestration.sources.shared.registry import datasets, unknown_assets

if TYPE_CHECKING:
    from dagster import AssetKey, DagsterEvent, DagsterInstance, ExecuteInProcessResult, JobDefinition
    from dagster_shared.error import SerializableErrorInfo

    from data_checks.results import Report
    from orchestration.raw.batch import Loaded

DAGSTER_CONFIG = """telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
event_log_storage:
  module: orchestration.defs.event_log
  class: OpenEventLog
  config:
    home:
      env: DAGSTER_HOME
"""


EARLIER_EVENT_LOG = "orchestration.event_log"
"""The event log's module in configurations that earlier versions wrote: they are written anew."""
NOTHING_EXTRACTED = "nothing_extracted"
"""In the metadata of the failure of a run that got no figures from any source."""
ADD_SYMBOLS = "name it in dbt_project/seeds/assets.csv and asset_symbols.csv, or take it off"


class WrongUse(Exception):
    """The request can't be carried out as it stands; the message says what to change."""


@dataclass(frozen=True)
class RunRequest:
    """What to run. `source` None: see `orchestration.home.origin_of`. Days are UTC, `end` included.

    `only` names sources (providers) to ask; the marts are built, checked and published in any case.
    """

    source: Origin | None = None
    start: date | None = None
    end: date | None = None
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceProblem:
    """A dataset that was not, or not wholly, answered. The message carries the next step."""

    dataset: str
    outcome: str
    message: str


@dataclass(frozen=True)
class RunOutcome:
    """What a run came to. `exit_code`: 0 published, 1 blocked (the earlier release stands), 3 nothing extracted.

    `report` is None when the checks were not reached; `failures` are sentences; `seconds` per step of the job.
    """

    exit_code: int
    origin: Origin
    release: Release | None
    report: "Report | None"
    problems: tuple[SourceProblem, ...]
    failures: tuple[str, ...]
    seconds: Mapping[str, float]


def run(request: RunRequest) -> RunOutcome:
    """Execute the main job.

    Raises WrongUse, WrongHome, SettingsError, FileUnusable or TransformFailed before anything is requested.
    """
    _validate(request)
    settings = Settings.load()
    origin_of(settings, request.source)
    # To the end: what a run left is read before the one that waits for it begins.
    with exclusive(settings.home):
        started = perf_counter()
        settings.check_report.unlink(missing_ok=True)
        _check_files(settings)
        checker().start()
        try:
            job = _job()
            start_up = perf_counter() - started
            with on_terminal(), dagster_instance(settings) as instance:
                result = job.execute_in_process(
                    instance=instance,
                    asset_selection=_selection(job, request.only),
                    run_config={
                        "resources": {"run_context": {"config": _config(request)}},
                        "loggers": {"console": {}},
                    },
                    raise_on_error=False,
                )
        finally:
            checker().stop()
        if problem := _unusable(result, settings):
            raise problem
        return _sum_up(result, start_up)


def _check_working_file(settings: Settings) -> None:
    if settings.working_file.exists():
        with suppress(WarehouseBusy), connect(settings.working_file, read_only=True):
            pass


def _check_files(settings: Settings) -> None:
    """Raises FileUnusable for a working or published file that can't be read; for one in use a run waits later."""
    _check_working_file(settings)
    if current(settings.published):
        open_published(settings.published).close()


def dagster_instance(settings: Settings) -> "DagsterInstance":
    """Dagster's own records in the home, so that runs from the command line show in the UI."""
    from dagster import DagsterInstance

    folder = settings.dagster_home.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dagster.yaml"
    if not config.exists() or f"module: {EARLIER_EVENT_LOG}\n" in config.read_text():
        config.write_text(DAGSTER_CONFIG)
    with environment({"DAGSTER_HOME": str(folder)}):
        return DagsterInstance.from_config(str(folder))


def _validate(request: RunRequest) -> None:
    known = {dataset.provider.name for dataset in datasets()}
    unknown = sorted(set(request.only) - known)
    if unknown:
        raise WrongUse(f"unknown source {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    if request.end and not request.start:
        raise WrongUse("--end needs --start")
    if request.start and request.end and request.end < request.start:
        raise WrongUse(f"--end {request.end} lies before --start {request.start}")


def _job() -> "JobDefinition":
    from orchestration.definitions import defs
    from orchestration.defs.jobs import MAIN_JOB

    return defs.resolve_job_def(MAIN_JOB)


def _config(request: RunRequest) -> dict[str, Any]:
    return {
        "source": request.source or "",
        "start": request.start.isoformat() if request.start else "",
        "end": request.end.isoformat() if request.end else "",
    }


def _selection(job: "JobDefinition", only: tuple[str, ...]) -> "list[AssetKey] | None":
    """Everything but the raw assets of sources that were not named."""
    if not only:
        return None
    left_out = {(d.provider.name, d.name) for d in datasets() if d.provider.name not in only}
    return [key for key in job.asset_layer.executable_asset_keys if tuple(key.path) not in left_out]


def _sum_up(result: "ExecuteInProcessResult", start_up: float) -> RunOutcome:
    from data_checks.results import Report

    settings = Settings.load()
    report = (
        Report.from_json(settings.check_report.read_text(encoding="utf-8")) if settings.check_report.exists() else None
    )
    nothing = any(_has_no_figures(event) for event in result.all_events) or not any(map(_is_attempt, result.all_events))
    problems = _without_network(_attempts(result)) if nothing else _attempts(result)
    problems += tuple(
        SourceProblem("WAREHOUSE_ASSETS", "unknown", f"nobody was asked for {asset}: {ADD_SYMBOLS}")
        for asset in unknown_assets(settings.assets)
    )
    # What the checks found is in the report, and told from there.
    told: set[str | None] = {"data_checks"} if report and report.blocking else set()
    told |= {event.step_key for event in result.all_events if _has_no_figures(event)}
    failures = tuple(_failures(event for event in result.all_events if event.step_key not in told))
    published = any(
        event.is_step_success and event.step_key == "published__crypto_market" for event in result.all_events
    )
    seconds = {"start_up": start_up} | {
        str(event.step_key): event.step_success_data.duration_ms / 1000
        for event in result.all_events
        if event.is_step_success
    }
    return RunOutcome(
        exit_code=3 if nothing else 0 if published else 1,
        origin=settings.origin or "sample",
        release=current(settings.published),
        report=report,
        problems=problems,
        failures=failures,
        seconds=seconds,
    )


def _failures(events: "Iterable[DagsterEvent]") -> Iterator[str]:
    """A sentence for each step that failed, and for a run that could not begin."""
    for event in events:
        if event.is_step_failure:
            failure = event.step_failure_data
            said = failure.user_failure_data.description if failure.user_failure_data else None
            yield f"{event.step_key}: {said or _cause(failure.error)}"
        elif event.event_type_value == "RESOURCE_INIT_FAILURE":
            yield f"the run could not begin: {_cause(event.engine_event_data.error)}"


def _unusable(result: "ExecuteInProcessResult", settings: Settings) -> FileUnusable | None:
    """The file that could not be read or written any more while the run lasted, if that is why a step failed."""
    for event in result.all_events:
        if event.is_step_failure:
            cause = _cause(event.step_failure_data.error)
            kind, _, words = cause.partition(": ")
            if kind in ("FileUnusable", "FileDamaged"):
                return FileUnusable(words)
            if is_damage(cause):
                return damaged(settings.working_file, words)
            if sentence := duckdb_sentence(words):
                return FileUnusable(f"{sentence}; nothing new was published")
    return None


def _cause(error: "SerializableErrorInfo | None") -> str:
    """What was raised first, which Dagster wraps once or twice."""
    while error and error.cause:
        error = error.cause
    if error is None:
        return "no reason given"
    _, _, words = error.message.strip().partition(f"{error.cls_name}: ")
    return f"{error.cls_name}: {words}" if words else error.message.strip()


def _has_no_figures(event: "DagsterEvent") -> bool:
    """Whether a step failed because the run extracted no figures at all: then nothing is built or published."""
    failure = event.step_failure_data.user_failure_data if event.is_step_failure else None
    return failure is not None and NOTHING_EXTRACTED in failure.metadata


def _is_attempt(event: "DagsterEvent") -> bool:
    """Whether a source came to an end, good or bad; none does in a run that could not begin."""
    return event.is_step_materialization and "outcome" in event.materialization.metadata


def _without_network(problems: tuple[SourceProblem, ...]) -> tuple[SourceProblem, ...]:
    """One sentence where no host at all was reached; otherwise the problems as they are."""
    failed = [problem for problem in problems if problem.outcome != "skipped"]
    if not failed or not all(NO_NETWORK in problem.message or UNREACHED in problem.message for problem in failed):
        return problems
    most = max(failed, key=lambda problem: NO_NETWORK in problem.message)
    # What else a source has to say, such as an asset that it lacks, is of no use now.
    sentence, end, _ = most.message.partition(RUN_AGAIN)
    return (SourceProblem("every source", "failed", sentence + end),)


def _attempts(result: "ExecuteInProcessResult") -> tuple[SourceProblem, ...]:
    """The sources that have something to say, of a stand-in, too."""
    told = {
        tuple(event.asset_key.path): event.materialization.metadata
        for event in result.all_events
        if event.asset_key and _is_attempt(event)
    }
    attempts = [
        SourceProblem(" ".join(name), str(metadata["outcome"].value), str(metadata["message"].value))
        for name, metadata in sorted(told.items())
        if metadata["message"].value not in EXPECTED_SKIPS
    ]
    return tuple(attempt for attempt in attempts if attempt.outcome != "complete" or attempt.message)


@dataclass(frozen=True)
class Reparsed:
    """What `reparse` loaded, per raw table, and a sentence for each landing file that was left out."""

    loaded: "Mapping[str, Loaded]"
    left_out: tuple[str, ...]


def reparse(source: str) -> Reparsed:
    """Rebuild a source's raw tables from the landing files, with no network.

    All tables of the source change in one transaction, once everything was loaded beside them; a dataset of which
    nothing can be read keeps its rows. Files that can't be read are left out and named.
    """
    from orchestration.ingest.landing import Landing
    from orchestration.raw.reparse import rebuild

    mine = [dataset for dataset in datasets() if dataset.provider.name == source]
    if not mine:
        raise WrongUse(f"unknown source {source}; known are {', '.join(sorted({d.provider.name for d in datasets()}))}")
    settings = Settings.load()
    landing = Landing(settings.landing)
    with exclusive(settings.home):
        _check_working_file(settings)
        left_out = [
            f"{path} can't be read, and its answer was left out: delete it, and it is requested again where a run asks "
            "for its window"
            for path in landing.undescribed(source)
        ]
        answers = [(dataset, list(landing.all(source, dataset.name))) for dataset in mine]
        damages = {answer: damage for _, found in answers for answer in found if (damage := answer.damage)}
        left_out += [f"{damage}; its answer was left out" for damage in damages.values()]
        readable = [(dataset, [answer for answer in found if answer not in damages]) for dataset, found in answers]
        whole = [(dataset, found) for dataset, found in readable if found]
        return Reparsed(rebuild(settings, whole) if whole else {}, tuple(left_out))
