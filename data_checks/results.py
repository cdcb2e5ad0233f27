"""The result of a validation: plain values, passed as JSON between processes. No Great Expectations here."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from data_checks.check import Severity, sentence

MAX_EXAMPLES = 5
SHOWN_LINES = 3
"""Offending rows of a warning in the text; the report and its page have all examples."""
EXAMPLE_WIDTH = 120
"""Characters of a value shown in an example row."""


@dataclass(frozen=True)
class CheckResult:
    """What one check found.

    `unexpected_count` counts the offending rows (0 on success), `observed` describes what was found, `examples`
    holds at most five offending rows as text, `error` the message of an exception, `next_step` what the user can do. A
    critical check that could not be run counts as failed.
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
    next_step: str = ""


@dataclass(frozen=True)
class Report:
    """All results for one file, in the order of the suites; `now` (naive UTC) is the instant of the checks."""

    file: Path
    now: datetime
    results: list[CheckResult]

    @property
    def blocking(self) -> list[CheckResult]:
        """Failed critical checks: the file must not be published."""
        return [result for result in self.results if not result.success and result.severity == "critical"]

    @property
    def warnings(self) -> list[CheckResult]:
        """Failed checks that are shown but do not block: withheld figures, and warnings."""
        return [result for result in self.results if not result.success and result.severity != "critical"]

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


def as_text(row: Mapping[str, Any]) -> dict[str, str]:
    """An offending row as it is shown."""
    return {str(name): "null" if value is None else str(value)[:EXAMPLE_WIDTH] for name, value in row.items()}


def describe(result: CheckResult) -> list[str]:
    """A failed check in lines of text: what is wrong and why it matters, some of the rows, and what the user can do."""
    shown = result.examples if result.severity == "critical" else result.examples[:SHOWN_LINES]
    rows = ["    " + ", ".join(f"{name} {value}" for name, value in row.items()) for row in shown]
    more = result.unexpected_count - len(shown)
    word = "blocked" if result.severity == "critical" else "withheld" if result.severity == "withhold" else "warning"
    return [
        f"{word}: {sentence(result.name)} ({result.name} in {result.table}, {result.observed}): {result.reason}",
        *([f"    {result.error}"] if result.error else []),
        *rows,
        *([f"    and {more} more"] if shown and more > 0 else []),
        *([f"    → {result.next_step}"] if result.next_step else []),
    ]
