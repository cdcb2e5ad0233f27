"""Dagster's own records in the home, so that runs from the command line appear in the UI."""

from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.settings import Settings, environment

if TYPE_CHECKING:
    from dagster import DagsterInstance

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
"""The event log's module in configurations that earlier versions wrote; such a configuration is rewritten."""


OUTPUT_IS_SHOWN = {
    "compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
}
"""Else Dagster moves standard output and error into files, and two more processes copy them back to the terminal."""


def configured(settings: Settings) -> Path:
    """The folder of the home's records, absolute; its configuration is written if it is missing."""
    folder = settings.dagster_home.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dagster.yaml"
    if not config.exists() or f"module: {EARLIER_EVENT_LOG}\n" in config.read_text():
        config.write_text(DAGSTER_CONFIG)
    return folder


def dagster_instance(settings: Settings, keeps_output: bool = True) -> "DagsterInstance":
    """The instance of the home; its configuration and records are made if they are missing.

    `keeps_output`: what a run prints goes into files, which the UI shows. A command prints it itself.
    """
    from dagster import DagsterInstance
    from dagster._core.instance import InstanceRef

    folder = str(configured(settings))
    with environment({"DAGSTER_HOME": folder}):
        overrides = None if keeps_output else OUTPUT_IS_SHOWN
        return DagsterInstance.from_ref(InstanceRef.from_dir(folder, overrides=overrides))
