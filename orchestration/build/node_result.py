"""What a build did with one model, seed or test."""

from dataclasses import dataclass

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
    def is_failure(self) -> bool:
        return self.status in {"fail", "error", "runtime error"}
