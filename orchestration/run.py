"""Running the main job in this process: extract, load, build, check, publish.

`warehouse run` and the Dagster UI run the same job; `orchestration.run_summary` reads the outcome from its events.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from time import perf_counter
from typing import TYPE_CHECKING, Any

from orchestration.defs.instance import dagster_instance
from orchestration.file_errors import WarehouseBusy
from orchestration.home import exclusive, origin_of
from orchestration.live_display import line, on_terminal
from orchestration.raw.working_file import connect
from orchestration.release.checker import checker
from orchestration.release.open import open_published
from orchestration.release.publish import current
from orchestration.run_summary import RunOutcome, sum_up, unusable_file
from orchestration.settings import Origin, Settings
from orchestration.sources.shared.registry import datasets

if TYPE_CHECKING:
    from dagster import AssetKey, ExecuteInProcessResult, JobDefinition


class WrongUse(Exception):
    """The request can't be carried out as it is; the message says what to change."""


@dataclass(frozen=True)
class RunRequest:
    """What to run. `source` None: see `orchestration.home.origin_of`. Days are UTC, `end` included.

    `only` names the sources to fetch; the marts are built, checked and published in any case. `full_refresh` has dbt
    build everything from nothing; `is_quiet` shows no progress but warnings.
    """

    source: Origin | None = None
    start: date | None = None
    end: date | None = None
    only: tuple[str, ...] = ()
    full_refresh: bool = False
    is_quiet: bool = False


def run(request: RunRequest) -> RunOutcome:
    """Execute the main job.

    Raises WrongUse, WrongHome, SettingsError, FileUnusable or TransformFailed before anything is requested.
    """
    _validate(request)
    settings = Settings.load()
    origin = origin_of(settings, request.source)
    # Held to the end, so that a waiting run begins after this one's results are read.
    with exclusive(settings.home):
        started = perf_counter()
        settings.check_report.unlink(missing_ok=True)
        _check_files(settings)
        if origin != "live" and current(settings.published) is None:
            # Everything will be judged, and nothing waits for providers: their import takes as long as all before it.
            checker().start()
        try:
            # Its own line shows that the run is alive also where nothing can be counted, such as the start.
            with on_terminal(not request.is_quiet), line("run"):
                job = _job()
                start_up = perf_counter() - started
                result = _execute(job, request, settings)
        finally:
            checker().stop()
        if problem := unusable_file(result, settings):
            raise problem
        return sum_up(result, start_up)


def _execute(job: "JobDefinition", request: RunRequest, settings: Settings) -> "ExecuteInProcessResult":
    with dagster_instance(settings, keeps_output=False) as instance:
        return job.execute_in_process(
            instance=instance,
            asset_selection=_selection(job, request.only),
            run_config={
                "resources": {"run_context": {"config": _config(request)}},
                "loggers": {"console": {"config": {"is_quiet": request.is_quiet}}},
            },
            raise_on_error=False,
        )


def _check_working_file(settings: Settings) -> None:
    if settings.working_file.exists():
        with suppress(WarehouseBusy), connect(settings.working_file, read_only=True):
            pass


def _check_files(settings: Settings) -> None:
    """Raises FileUnusable for a working or published file that can't be read. A file in use is waited for later."""
    _check_working_file(settings)
    if current(settings.published):
        open_published(settings.published).close()


def _validate(request: RunRequest) -> None:
    known = {dataset.provider.name for dataset in datasets()}
    unknown = sorted(set(request.only) - known)
    if unknown:
        raise WrongUse(f"unknown source {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    if request.end and not request.start:
        raise WrongUse("--end needs --start")
    if request.start and request.end and request.end < request.start:
        raise WrongUse(f"--end {request.end} is before --start {request.start}")


def _job() -> "JobDefinition":
    from orchestration.definitions import defs
    from orchestration.defs.jobs import MAIN_JOB

    return defs.resolve_job_def(MAIN_JOB)


def _config(request: RunRequest) -> dict[str, Any]:
    return {
        "source": request.source or "",
        "start": request.start.isoformat() if request.start else "",
        "end": request.end.isoformat() if request.end else "",
        "full_refresh": request.full_refresh,
    }


def _selection(job: "JobDefinition", only: tuple[str, ...]) -> "list[AssetKey] | None":
    """Everything but the raw assets of sources that were not named."""
    if not only:
        return None
    left_out = {(d.provider.name, d.name) for d in datasets() if d.provider.name not in only}
    return [key for key in job.asset_layer.executable_asset_keys if tuple(key.path) not in left_out]
