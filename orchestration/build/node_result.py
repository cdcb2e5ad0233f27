"""What a build did with one model, seed or test."""

from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.file_errors import first_line

UNCHANGED = "unchanged"
"""The status of a model or seed whose inputs are those of its stored result."""


@dataclass(frozen=True)
class NodeResult:
    """`status` is dbt's word: success, pass, warn, fail, error, skipped; or `unchanged`.

    `is_new`: it was made or tested in this build, not taken over from an earlier one.
    """

    unique_id: str
    status: str
    message: str | None
    seconds: float
    failures: int | None = None
    is_new: bool = True

    @property
    def kind(self) -> str:
        """Such as model, seed, test."""
        return self.unique_id.partition(".")[0]

    @property
    def name(self) -> str:
        return self.unique_id.split(".")[2]

    @property
    def is_failure(self) -> bool:
        return self.status in {"fail", "error", "runtime error"}


def failures_in_words(results: Sequence[NodeResult]) -> str:
    """How many nodes failed, and the first of them with dbt's reason: a model before the tests of others."""
    failures = sorted((result for result in results if result.is_failure), key=lambda one: one.kind != "model")
    first = failures[0]
    return (
        f"{len(failures)} of {len(results)} failed, first the {first.kind} {first.name} ({first_line(first.message)})"
    )
