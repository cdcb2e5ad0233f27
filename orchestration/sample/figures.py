"""The figures of the sample market, as its CSV files hold them: text, one mapping per line. Sources: SOURCES.md."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("figures")


@cache
def figures(name: str) -> tuple[Mapping[str, str], ...]:
    """The lines of `figures/<name>.csv`, in file order."""
    with (FOLDER / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def instant(text: str) -> datetime:
    """The UTC instant of a text in a file; of a day, its first instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
