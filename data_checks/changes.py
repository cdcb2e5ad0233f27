"""From which day on the tables of a draft differ from those of the release before.

Belongs here: what is known of the tables of both files, and the comparison by month. What a rule makes of the day is in
`check.NoRows`, and which verdicts hold in `verdicts.py`.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date

import duckdb

EARLIER = "earlier"
"""The name of the release before, where it is attached to the draft."""
NO_CHANGE = date.max
MONTHS = """
select if(year({day}) between 1000 and 9999, strftime({day}, '%Y-%m'), ''),
    concat(count(*), ' ', sum(hash(stored)::hugeint))
from {database}marts.{table} as stored group by 1
"""


@dataclass(frozen=True)
class Known:
    """What a build knows of a table: a digest of its rows; and where it counts them by month, the SQL of a row's day
    and for each month (`2025-05`) a text that is another one where its rows are others."""

    rows: str
    day: str = ""
    months: Mapping[str, str] = field(default_factory=dict)


class Changes:
    """The tables of a draft, open in `connection`, beside those of the release before, attached there as `EARLIER`."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, draft: Mapping[str, Known], release: Mapping[str, Known]
    ) -> None:
        self._connection, self._draft, self._release = connection, draft, release
        self._days: dict[tuple[str, str], date | None] = {}

    def first_day(self, tables: Set[str], days: Mapping[str, str]) -> date | None:
        """The first day, a first of a month, of which a row of `tables` can differ; `NO_CHANGE` where none does.

        `days` has the SQL of a row's day. None where it is not known: a table without a day differs, or a row that
        belongs to none.
        """
        found = [self._first_day(table, days[table]) if table in days else self._of_all(table) for table in tables]
        known = [day for day in found if day is not None]
        return min(known, default=NO_CHANGE) if len(known) == len(found) else None

    def _of_all(self, table: str) -> date | None:
        draft, release = self._draft.get(table), self._release.get(table)
        return NO_CHANGE if draft and release and draft.rows == release.rows else None

    def _first_day(self, table: str, day: str) -> date | None:
        if (table, day) not in self._days:
            self._days[table, day] = self._of_all(table) or self._compared(table, day)
        return self._days[table, day]

    def _compared(self, table: str, day: str) -> date | None:
        draft, release = self._draft.get(table), self._release.get(table)
        if draft is None or release is None:
            return None
        if draft.day == release.day == day:
            now, then = draft.months, release.months
        else:
            now, then = self._months("", table, day), self._months(f"{EARLIER}.", table, day)
        changed = {month for month in now.keys() | then.keys() if now.get(month) != then.get(month)}
        if "" in changed:
            return None
        return date.fromisoformat(f"{min(changed)}-01") if changed else NO_CHANGE

    def _months(self, database: str, table: str, day: str) -> Mapping[str, str]:
        return dict(self._connection.execute(MONTHS.format(database=database, table=table, day=day)).fetchall())
