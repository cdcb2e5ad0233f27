"""The jobs and their schedules, by name, and how a run reports its progress.

There is a job per cadence (`orchestration.defs.cadence`): the raw assets of its subjects, then everything that is
built from them, checked and published. Schedules are off until a user starts them in the UI.
"""

import logging
import sys

import dagster as dg

from orchestration.defs.cadence import CADENCES, DAILY, Cadence
from orchestration.sources.shared.registry import datasets

MAIN_JOB = DAILY.name


class _Progress(logging.Handler):
    """Our own messages, one line each; Dagster's events are in its UI, and failures are printed at the end of a run."""

    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {})
        if logging.INFO <= record.levelno < logging.ERROR and not meta.get("dagster_event"):
            print(f"  {meta.get('orig_message') or record.getMessage()}", file=sys.stderr, flush=True)


@dg.logger(None, "Plain lines of progress on standard error.")
def progress(context: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("warehouse", level=logging.INFO)
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
