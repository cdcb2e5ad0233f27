"""The jobs and their schedules, by name, and how a run reports its progress.

There is a job per cadence (`orchestration.defs.cadence`): the raw assets of its subjects, then everything that is
built from them, checked and published. Schedules are off until a user starts them in the UI. The job `backfill` loads
months of history, one run each.
"""

import logging
import sys

import dagster as dg
from pydantic import Field

from orchestration.defs.assets import account, key_of
from orchestration.defs.cadence import CADENCES, DAILY, Cadence
from orchestration.defs.resources import RunContext
from orchestration.defs.update import update_datasets
from orchestration.sources.shared.registry import datasets

MAIN_JOB = DAILY.name


UNYIELDED = "did not yield or return expected outputs"
"""In Dagster's message about the checks of skipped datasets, which have no result."""


class _Progress(logging.Handler):
    """Our own messages, one line each; Dagster's events are in its UI, and failures are printed at the end of a run."""

    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {})
        if UNYIELDED in record.getMessage():
            return
        if logging.INFO <= record.levelno < logging.ERROR and not meta.get("dagster_event"):
            print(f"  {meta.get('orig_message') or record.getMessage()}", file=sys.stderr, flush=True)


@dg.logger({"is_quiet": dg.Field(bool, default_value=False)}, "Plain lines of progress on standard error.")
def progress(context: dg.InitLoggerContext) -> logging.Logger:
    level = logging.WARNING if context.logger_config["is_quiet"] else logging.INFO
    logger = logging.Logger("warehouse", level=level)
    logger.addHandler(_Progress())
    return logger


def _job(cadence: Cadence) -> "dg.UnresolvedAssetJobDefinition":
    left_out = [
        dg.AssetKey([dataset.provider.name, dataset.name])
        for dataset in datasets()
        if cadence.subjects and dataset.subject_group not in cadence.subjects
    ]
    everything = dg.AssetSelection.all()
    return dg.define_asset_job(
        cadence.name,
        selection=everything - dg.AssetSelection.assets(*left_out) if left_out else everything,
        description=cadence.description,
        executor_def=dg.in_process_executor,
    )


MONTHS = dg.MonthlyPartitionsDefinition(start_date="2010-01-01", timezone="UTC", end_offset=1)
"""UTC months; the running one is included."""


class Sources(dg.Config):
    """Which sources to fetch, by name; by default all that are configured."""

    only: list[str] = Field(default_factory=list)


@dg.op(description="Fetch and load one month of the configured datasets. The next run of any other job builds from it.")
def fetch_month(context: dg.OpExecutionContext, config: Sources, run_context: RunContext) -> None:
    selected = [dataset for dataset in datasets() if not config.only or dataset.provider.name in config.only]
    with run_context.step():
        for update in update_datasets(selected, run_context, context.log.info):
            if not update.extraction.skipped:
                context.log_event(dg.AssetMaterialization(key_of(update.dataset), metadata=account(update)))


@dg.job(
    name="backfill",
    partitions_def=MONTHS,
    executor_def=dg.in_process_executor,
    description="Months of history, one run each; nothing is built. Run `main` afterwards.",
)
def backfill() -> None:
    fetch_month()


JOBS = {cadence.name: _job(cadence) for cadence in CADENCES}
SCHEDULES = [
    dg.ScheduleDefinition(
        name=f"{cadence.name}_schedule",
        job=JOBS[cadence.name],
        cron_schedule=list(cadence.crons),
        execution_timezone=cadence.timezone,
        description=cadence.description,
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
    for cadence in CADENCES
]
