"""Running dbt inside this process, from the working file to a fresh release draft.

dbt builds the marts into `Settings.release_draft`, a private file attached as `release`. It is made
from nothing every time, so a mart without a model can't remain in it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestration.build.invocation import invoke
from orchestration.build.parsing import parsed_project
from orchestration.settings import Settings


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


def build(settings: Settings, now: datetime, select: Sequence[str] = ()) -> list[NodeResult]:
    """Seeds, models and tests, in dependency order, into a fresh draft. Results in the order in which dbt ran."""
    draft = settings.release_draft
    draft.parent.mkdir(parents=True, exist_ok=True)
    for leftover in (draft, draft.with_name(draft.name + ".wal")):
        leftover.unlink(missing_ok=True)
    # What dbt writes stands in the project, which homes share: a manifest would be of whichever run came last.
    # Unit tests bring rows of their own: they prove the SQL when the code is tested, whatever is stored here.
    arguments = ["build", "--exclude-resource-type", "unit_test", "--no-write-json"]
    arguments += ["--vars", json.dumps({"now": f"{now:%Y-%m-%d %H:%M:%S}"})]
    return _invoke(settings, [*arguments, *(["--select", *select] if select else [])])


def _invoke(settings: Settings, arguments: Sequence[str]) -> list[NodeResult]:
    outcome = invoke(arguments, _variables(settings), parsed_project())
    return [
        NodeResult(result.node.unique_id, str(result.status), result.message, result.execution_time, result.failures)
        for result in getattr(outcome.result, "results", [])
    ]


def _variables(settings: Settings) -> dict[str, str]:
    """What `profiles.yml` and dbt read."""
    return {
        "WAREHOUSE_FILE": str(settings.working_file.resolve()),
        "WAREHOUSE_RELEASE_FILE": str(settings.release_draft.resolve()),
        "DBT_LOG_PATH": str((settings.home / "dbt_logs").resolve()),
        "DBT_TARGET_PATH": str((settings.home / "dbt_target").resolve()),
    }
