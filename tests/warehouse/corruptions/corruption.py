"""Deliberate corruptions of good tables, each with the check that must notice it.

A corruption is what a broken source, parser or model would leave behind, written as SQL on a release file whose
constraints were taken off. `base` says which warehouse is spoiled: `sample`, or `restated` where revisions are needed.
"""

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
