"""Running dbt inside this process, from the working file to a fresh release draft.

dbt builds the marts into `Settings.release_draft`, a private file attached as `release`. It is made
from nothing every time, so a mart without a model can't remain in it.
"""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from orchestration.build.invocation import invoke
from orchestration.build.parsing import parsed_project
from orchestration.settings import Settings

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg

FINISHED = frozenset({"LogModelResult", "LogSeedResult", "LogTestResult"})
"""dbt's events about a node that is done. Each has the number of all nodes, under one of two names."""


@dataclass(frozen=True)
class NodeResult:
    """What dbt did with one model, seed or test. `status` is dbt's word: success, pass, warn, fail, error, skipped."""

    unique_id: str
    status: str
    message: str | None
    seconds: float
    failures: int | None = None

    @property
    def is_failure(self) -> bool:
        return self.status in {"fail", "error", "runtime error"}


def build(
    settings: Settings,
    now: datetime,
    select: Sequence[str] = (),
    report: Callable[[str], None] | None = None,
) -> list[NodeResult]:
    """Seeds, models and tests, in dependency order, into a fresh draft. Results in the order in which dbt ran.

    `report` receives a sentence after each quarter of them.
    """
    draft = settings.release_draft
    draft.parent.mkdir(parents=True, exist_ok=True)
    for leftover in (draft, draft.with_name(draft.name + ".wal")):
        leftover.unlink(missing_ok=True)
    # What dbt writes stands in the project, which homes share: a manifest would be of whichever run came last.
    # Unit tests bring rows of their own: they prove the SQL when the code is tested, whatever is stored here.
    arguments = ["build", "--exclude-resource-type", "unit_test", "--no-write-json"]
    arguments += ["--vars", json.dumps({"now": f"{now:%Y-%m-%d %H:%M:%S}"})]
    return _invoke(settings, [*arguments, *(["--select", *select] if select else [])], report)


def _invoke(
    settings: Settings, arguments: Sequence[str], report: Callable[[str], None] | None = None
) -> list[NodeResult]:
    on_event = BuildProgress(report).receive if report else None
    outcome = invoke(arguments, _variables(settings), parsed_project(), on_event)
    return [
        NodeResult(result.node.unique_id, str(result.status), result.message, result.execution_time, result.failures)
        for result in getattr(outcome.result, "results", [])
    ]


class BuildProgress:
    """How far dbt is, from its events: a sentence after each quarter of its models, seeds and tests."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._done_count = self._quarters_reported = 0

    def receive(self, event: "EventMsg") -> None:
        """dbt calls this for every event; one of a finished node knows how many there are."""
        if event.info.name not in FINISHED:
            return
        total = getattr(event.data, "total", 0) or getattr(event.data, "num_models", 0)
        with self._lock:
            self._done_count += 1
            quarters = 4 * self._done_count // total if total else 0
            is_news = quarters > self._quarters_reported
            self._quarters_reported = max(self._quarters_reported, quarters)
            done = self._done_count
        if is_news:
            self._report(f"build: {done} of {total} models, seeds and tests")


def _variables(settings: Settings) -> dict[str, str]:
    """What `profiles.yml` and dbt read."""
    return {
        "WAREHOUSE_FILE": str(settings.working_file.resolve()),
        "WAREHOUSE_RELEASE_FILE": str(settings.release_draft.resolve()),
        "DBT_LOG_PATH": str((settings.home / "dbt_logs").resolve()),
        "DBT_TARGET_PATH": str((settings.home / "dbt_target").resolve()),
    }
