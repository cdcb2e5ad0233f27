"""From which day on a model has to be made again, where it states how changes of its inputs reach it.

A model's configuration `meta: {by_change: …}` promises: rows whose `day` lies before D are the same as long as no row
changed of which the expression in `inputs` (a day) is D or later, and everything that is not listed is as it was. With
`settles_within_days` the instant of the run decides only over rows of that many days before it. In the model's SQL the
macro `first_changed_day` is D, so that a model reads and makes no more than it has to.

Days are compared by the month: of each month the number of rows and a digest. Nobody lists what was loaded.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

FIRST_DAY = "date '0001-01-01'"
"""What `first_changed_day` is where everything is made: before all days."""
NO_DAY = ""
"""The month of rows without a day, or with one outside the years 1000 to 9999; a change of it concerns all days."""

Months = dict[str, str]
"""By month (`2026-08`) the number of rows and the sum of their hashes, or a digest of that."""


@dataclass(frozen=True)
class Basis:
    """What a result was made of: a digest of all that is not listed, the instant, and the months of the listed inputs;
    beside them the months of its own rows, and the SQL of a row's day."""

    others: str
    instant: str
    inputs: Mapping[str, Months]
    rows: Months
    day: str = ""

    @property
    def text(self) -> str:
        """As JSON, for a note."""
        return json.dumps(vars(self))  # `asdict` would copy each month of each input

    @classmethod
    def of(cls, text: str) -> "Basis | None":
        """The basis in a note; None where the note has none."""
        return cls(**json.loads(text)) if text else None


def months(connection: duckdb.DuckDBPyConnection, relation: str, day: str, where: str = "true") -> Months:
    """Of each month in `relation`, or of its rows that meet a condition, the number of rows and the sum of their
    hashes."""
    # Numbers of months: text of each row would take longer than its hash.
    rows = connection.execute(
        f"select if(year({day}) between 1000 and 9999, 12 * year({day}) + month({day}) - 1, null), count(*), "
        f"sum(hash(stored)::hugeint) from {relation} as stored where {where} group by 1"
    ).fetchall()
    return {_name(month): f"{count} {total}" for month, count, total in rows}


def _name(month: int | None) -> str:
    return NO_DAY if month is None else f"{month // 12}-{month % 12 + 1:02}"


def together(earlier: Months, later: Months) -> Months:
    """The months of the rows of both."""
    return earlier | {month: in_all({"": earlier.get(month, "0 0"), " ": entry}) for month, entry in later.items()}


def in_all(rows: Months) -> str:
    """The number of rows and the sum of hashes of a whole relation."""
    pairs = [entry.split() for entry in rows.values()]
    return f"{sum(int(count) for count, _ in pairs)} {sum(int(total) for _, total in pairs)}"


def first_changed_day(then: Basis, now: Basis, settles_within_days: int | None) -> date | None:
    """The first day, a first of a month, of which a row can differ; None: every row can."""
    if then.others != now.others or then.inputs.keys() != now.inputs.keys():
        return None
    changed = {
        month
        for name in now.inputs
        for month in then.inputs[name].keys() | now.inputs[name].keys()
        if then.inputs[name].get(month) != now.inputs[name].get(month)
    }
    if settles_within_days is not None:
        instant = min(datetime.fromisoformat(then.instant), datetime.fromisoformat(now.instant))
        changed.add(f"{instant - timedelta(days=settles_within_days):%Y-%m}")
    if not changed or NO_DAY in changed:
        return None
    return date.fromisoformat(f"{min(changed)}-01")


def since(day: str, first: date) -> str:
    """The condition in SQL that a row's day is `first` or later.

    An instant is compared itself: DuckDB passes over blocks of earlier rows by the values of a column alone.
    """
    instant = re.fullmatch(r"cast\((\w+_at) as date\)", day)
    return f"{instant[1]} >= timestamp '{first}'" if instant else f"{day} >= date '{first}'"


def before(rows: Months, first: date) -> Months:
    """The months that end before the day `first`."""
    return {month: entry for month, entry in rows.items() if month < f"{first:%Y-%m}"}


def is_most(part: Months, rows: Months) -> bool:
    """Whether `part` is half of the rows or more: replacing more than half costs more than making all of them."""
    return 2 * _count(part) >= _count(rows)


def _count(rows: Months) -> int:
    return sum(int(entry.split()[0]) for entry in rows.values())
