"""The outcome of a run, read from Dagster's events and the report of the data checks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.file_errors import FileUnusable, duckdb_sentence, is_damage
from orchestration.ingest.extraction import COMPLETE, EXPECTED_SKIPS, NO_KEY
from orchestration.ingest.hosts import NO_NETWORK, RUN_AGAIN, UNREACHED
from orchestration.raw.working_file import damaged
from orchestration.release.publish import Release, current
from orchestration.settings import Origin, Settings
from orchestration.sources.shared.registry import unknown_assets

if TYPE_CHECKING:
    from dagster import DagsterEvent, ExecuteInProcessResult, MetadataValue
    from dagster_shared.error import SerializableErrorInfo

    from data_checks.results import Report

NOTHING_EXTRACTED = "nothing_extracted"
"""In the metadata of the failure of a run that received no figures from any source."""
ADD_SYMBOLS = "add it to dbt_project/seeds/assets.csv and asset_symbols.csv, or remove it from the list"


@dataclass(frozen=True)
class SourceProblem:
    """A dataset that was not completely extracted; the message holds the next step."""

    dataset: str
    outcome: str
    message: str

    @property
    def needs_key(self) -> bool:
        """Whether it was not requested because its key is not set, which `warehouse sources` lists."""
        return self.outcome == "skipped" and self.message.startswith(NO_KEY)


@dataclass(frozen=True)
class RunOutcome:
    """The outcome of a run. `exit_code`: 0 published, 1 blocked (the earlier release stays), 3 nothing extracted.

    `report` is None when the checks did not run; `failures` are sentences; `seconds` are per step of the job.
    """

    exit_code: int
    origin: Origin
    release: Release | None
    report: "Report | None"
    problems: tuple[SourceProblem, ...]
    failures: tuple[str, ...]
    seconds: Mapping[str, float]


def sum_up(result: "ExecuteInProcessResult", start_up: float) -> RunOutcome:
    from data_checks.results import Report

    settings = Settings.load()
    report = (
        Report.from_json(settings.check_report.read_text(encoding="utf-8")) if settings.check_report.exists() else None
    )
    nothing = any(_has_no_figures(event) for event in result.all_events) or not any(map(_outcome, result.all_events))
    problems = _without_network(_attempts(result)) if nothing else _attempts(result)
    problems += tuple(
        SourceProblem("WAREHOUSE_ASSETS", "unknown", f"no source has a symbol for {asset}: {ADD_SYMBOLS}")
        for asset in unknown_assets(settings.assets)
    )
    # Results of the checks are printed from the report.
    reported: set[str | None] = {"data_checks"} if report and report.blocking else set()
    reported |= {event.step_key for event in result.all_events if _has_no_figures(event)}
    failures = tuple(_failures(event for event in result.all_events if event.step_key not in reported))
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
            description = failure.user_failure_data.description if failure.user_failure_data else None
            yield f"{event.step_key}: {description or _cause(failure.error)}"
        elif event.event_type_value == "RESOURCE_INIT_FAILURE":
            yield f"the run could not begin: {_cause(event.engine_event_data.error)}"


def unusable_file(result: "ExecuteInProcessResult", settings: Settings) -> FileUnusable | None:
    """The file that could not be read or written during the run, if that is why a step failed."""
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
    """The first exception, which Dagster wraps once or twice."""
    while error and error.cause:
        error = error.cause
    if error is None:
        return "no reason given"
    _, _, words = error.message.strip().partition(f"{error.cls_name}: ")
    return f"{error.cls_name}: {words}" if words else error.message.strip()


def _has_no_figures(event: "DagsterEvent") -> bool:
    """Whether a step failed because the run received no figures at all: then nothing is built or published."""
    failure = event.step_failure_data.user_failure_data if event.is_step_failure else None
    return failure is not None and NOTHING_EXTRACTED in failure.metadata


def _outcome(event: "DagsterEvent") -> "Mapping[str, MetadataValue]":
    """The metadata of a dataset's outcome, skipped ones included; empty for other events."""
    if event.is_step_materialization:
        metadata = event.materialization.metadata
    elif event.event_type_value == "ASSET_OBSERVATION":
        metadata = event.asset_observation_data.asset_observation.metadata
    else:
        return {}
    return metadata if "outcome" in metadata else {}


def _without_network(problems: tuple[SourceProblem, ...]) -> tuple[SourceProblem, ...]:
    """One sentence where no host was reached; otherwise the problems as they are."""
    failed = [problem for problem in problems if problem.outcome != "skipped"]
    if not failed or not all(NO_NETWORK in problem.message or UNREACHED in problem.message for problem in failed):
        return problems
    most = max(failed, key=lambda problem: NO_NETWORK in problem.message)
    # Other notes of a source, such as an asset that it does not list, do not matter now.
    sentence, end, _ = most.message.partition(RUN_AGAIN)
    return (SourceProblem("every source", "failed", sentence + end),)


def _attempts(result: "ExecuteInProcessResult") -> tuple[SourceProblem, ...]:
    """The datasets with a problem or a note, such as a fallback that was used."""
    attempted = {
        tuple(event.asset_key.path): metadata
        for event in result.all_events
        if event.asset_key and (metadata := _outcome(event))
    }
    attempts = [
        SourceProblem(" ".join(name), str(metadata["outcome"].value), str(metadata["message"].value))
        for name, metadata in sorted(attempted.items())
        if metadata["message"].value not in EXPECTED_SKIPS
    ]
    return tuple(attempt for attempt in attempts if attempt.outcome != COMPLETE or attempt.message)
