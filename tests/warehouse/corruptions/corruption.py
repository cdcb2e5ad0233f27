"""Deliberate corruptions of good tables, each with the check that must notice it.

A corruption is what a broken source, parser or model would leave behind, written as SQL on a release file whose
constraints were taken off. `base` says which warehouse is spoiled: `sample`, or `restated` where revisions are needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Corruption:
    """What happened, the check that must fail, and how to make it happen."""

    what: str
    check: str
    sql: str
    base: Literal["sample", "restated"] = "sample"


def twice(table: str) -> str:
    """SQL that stores one row of a table a second time."""
    return f"insert into marts.{table} from marts.{table} limit 1"


def store(table: str, columns: Mapping[str, str], *sources: str) -> str:
    """SQL that stores rows of `columns`, a name and an expression each, from `sources`; one row without any."""
    selected = ", ".join(f"{value} as {name}" for name, value in columns.items())
    origin = f" from {' '.join(sources)}" if sources else ""
    return f"insert into marts.{table} by name select {selected}{origin}"
