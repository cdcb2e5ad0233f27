"""Events without an id: two that agree in everything are two events, and one that is read twice is one.

The first of its kind in an answer has the number 1, the next one 2. Read again, in whatever overlap, an event has its
number again, so that the rows of all answers together hold every event once: as often as the answer has it that has
it most often.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from orchestration.sources.shared.contract import Row


def numbered(to_row: Callable[[Any], Row | None]) -> Callable[[Any], Row | None]:
    """`to_row` with an occurrence number behind each row: how often that row has come so far, 1 for the first time."""
    seen: Counter[Row] = Counter()

    def with_number(record: Any) -> Row | None:
        row = to_row(record)
        if row is None:
            return None
        seen[row] += 1
        return (*row, seen[row])

    return with_number
