"""The jobs, by name, and how they report their progress."""

import logging
import sys

import dagster as dg

MAIN_JOB = "main"


class _Progress(logging.Handler):
    """Our own messages, one line each; Dagster's events are in its UI."""

    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {})
        if record.levelno == logging.INFO and not meta.get("dagster_event"):
            print(f"  {meta.get('orig_message') or record.getMessage()}", file=sys.stderr, flush=True)


@dg.logger(None, "Plain lines of progress on standard error.")
def progress(context: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("warehouse", level=logging.INFO)
    logger.addHandler(_Progress())
    return logger


main_job = dg.define_asset_job(
    MAIN_JOB,
    selection=dg.AssetSelection.all(),
    description="The main job: ask every source, build the facts, check them, publish.",
    executor_def=dg.in_process_executor,
)
