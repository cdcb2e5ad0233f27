"""The outcome of a validation: plain values that travel as JSON between processes. No Great Expectations here."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from data_checks.check import Severity

MAX_EXAMPLES = 5


@dataclass(frozen=True)
class CheckResult:
    """What one check found.

    `unexpected_count` counts the offending rows (0 on success), `observed` says in words what was seen, `examples`
    holds at most five offending rows as text, `error` the message of an exception. A check that could not be run is a
    failed critical one, whatever its own severity: nobody knows what it would have found.
    """

    name: str
    table: str
    severity: Severity
    reason: str
    success: bool
    unexpected_count: int
    observed: str
    examples: list[dict[str, str]]
    error: str | None = None


@dataclass(frozen=True)
class Report:
    """All results for one file, in the order of the suites; `now` (naive UTC) is the instant it was judged at."""

    file: Path
    now: datetime
    results: list[CheckResult]

    @property
    def blocking(self) -> list[CheckResult]:
        """Failed critical checks: the file must not be published."""
        return [result for result in self.results if not result.success and result.severity == "critical"]

    @property
    def warnings(self) -> list[CheckResult]:
        """Failed checks that are shown but do not block."""
        return [result for result in self.results if not result.success and result.severity == "warning"]

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(
            {
                "file": str(self.file),
                "now": self.now.isoformat(),
                "results": [asdict(result) for result in self.results],
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Report":
        """The report that `to_json` wrote; `ValueError` or `KeyError` when the text is something else."""
        data = json.loads(text)
        return cls(
            file=Path(data["file"]),
            now=datetime.fromisoformat(data["now"]),
            results=[CheckResult(**result) for result in data["results"]],
        )
