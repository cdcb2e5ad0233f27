"""Verdicts of the current release that hold for a draft too, so that only what may have changed is judged again.

Great Expectations takes five seconds of processor time to import and some fifty milliseconds a check. A verdict holds
where the check and every table that it reads are as they were. Where they are not, or where a rule depends on the
instant or on the release before, a rule that is a query is run on the draft: the same rows as the last time mean the
same verdict. Where the rule promises it (`check.NoRows`), only the rows from the first changed day on are read. A rule
about a column or the number of rows that passed passes where still no row breaks it. Everything else is judged.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from data_checks.changes import EARLIER, NO_CHANGE, Changes, Known
from data_checks.check import ALL_DAYS, Between, Check, NoRows, NotEmpty
from data_checks.earlier import earlier_history
from data_checks.results import MAX_EXAMPLES, CheckResult, as_text

VERDICTS_NAME = "verdicts.json"


@dataclass(frozen=True)
class Verdict:
    """A result, with digests of the check as it was written and of the tables that it read."""

    check: str
    tables: str
    result: CheckResult


def save(folder: Path, verdicts: Mapping[str, Verdict]) -> None:
    """Write the verdicts, by the names of their checks, into the folder of the file that they are about."""
    stored = {name: asdict(verdict) for name, verdict in verdicts.items()}
    (folder / VERDICTS_NAME).write_text(json.dumps(stored) + "\n", encoding="utf-8")


def load(folder: Path) -> dict[str, Verdict]:
    """The verdicts on the file in `folder`; none where none can be read."""
    try:
        stored = json.loads((folder / VERDICTS_NAME).read_text(encoding="utf-8"))
        return {
            name: Verdict(fields["check"], fields["tables"], CheckResult(**fields["result"]))
            for name, fields in stored.items()
        }
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def verdict(check: Check, result: CheckResult, known: Mapping[str, Known]) -> Verdict | None:
    """The verdict to keep; None for a check that could not be judged, or that reads a table without a digest."""
    tables, digests = check.tables, _digests(known)
    if result.error is not None or not tables <= digests.keys():
        return None
    return Verdict(_written(check), _read(tables, digests), result)


@dataclass(frozen=True)
class Before:
    """The release before a draft: its file, the instant as of which it was judged, the verdicts, and what is known of
    its tables."""

    file: Path
    now: datetime
    verdicts: Mapping[str, Verdict]
    tables: Mapping[str, Known]


def holding(
    file: Path, now: datetime, before: Before, checks: Sequence[Check], tables: Mapping[str, Known]
) -> dict[str, CheckResult]:
    """The results, by name, of the checks whose verdicts hold for `file` as of `now`.

    `tables` has what is known of the tables of `file`.
    """
    with closing(duckdb.connect(str(file), read_only=True)) as connection:
        connection.execute("set timezone = 'UTC'")
        attached = str(before.file).replace("'", "''")
        connection.execute(f"attach '{attached}' as {EARLIER} (read_only)")
        held = _Held(connection, naive(now), before, tables)
        return {
            check.name: result
            for check in checks
            if (stored := before.verdicts.get(check.name)) and stored.check == _written(check)
            if (result := held.result(check, stored)) is not None
        }


class _Held:
    """Whether verdicts on the release before hold for the draft that is open in `connection`."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, now: datetime, before: Before, tables: Mapping[str, Known]
    ) -> None:
        self._connection, self._now, self._before = connection, now, before
        self._digests, self._digests_before = _digests(tables), _digests(before.tables)
        self._changes = Changes(connection, tables, before.tables)
        self._histories: dict[str, str] = {}

    def result(self, check: Check, stored: Verdict) -> CheckResult | None:
        """The result that the check would have today; None where it has to be judged."""
        return stored.result if self._holds(check, stored) else self._in_order(check, stored.result)

    def _in_order(self, check: Check, stored: CheckResult) -> CheckResult | None:
        """The result of a rule about a column or about the number of rows, where it passed and passes on other rows."""
        match check.rule:
            case NotEmpty():
                breaks, observed = "false", "{} rows"
            case Between(column, minimum, maximum, strict):
                above = "" if maximum is None else f" or {column} > {maximum}"
                breaks, observed = f"{column} {'<=' if strict else '<'} {minimum}{above}", "{} rows in order"
            case _:
                return None
        try:
            count, broken = self._connection.execute(
                f"select count(*), count(*) filter (where {breaks}) from marts.{check.table}"
            ).fetchall()[0]
        except duckdb.Error:
            return None
        is_in_order = stored.success and count and not broken
        return replace(stored, observed=observed.format(count)) if is_in_order else None

    def _holds(self, check: Check, stored: Verdict) -> bool:
        if _depends_on_tables_alone(check) and _is_of(check, stored, self._digests):
            return True
        return self._repeats_since_the_first_changed_day(check, stored) or self._repeats(check, stored.result)

    def _repeats_since_the_first_changed_day(self, check: Check, stored: Verdict) -> bool:
        """Whether the rows from the first changed day on leave the verdict as it was, where the rule promises that they
        decide: the query returned nothing and returns nothing from there, or the same rows from there in both files.
        """
        rule = check.rule
        # What time alone does not break, a clock that was set back can.
        if not isinstance(rule, NoRows) or not rule.days or naive(self._before.now) > self._now:
            return False
        try:
            first = self._changes.first_day(check.tables, rule.days)
            if (
                first is None
                or not _is_of(check, stored, self._digests_before)
                or not self._is_like(check, stored.result)
            ):
                return False
            if first == NO_CHANGE and stored.result.success:
                return True
            since = f"date '{first}'"
            if stored.result.success:
                return not self._rows(check, since)[1]
            if not _depends_on_tables_alone(check):
                return False
            return self._rows(check, since) == self._rows_before(check, since)
        except duckdb.Error:
            return False

    def _repeats(self, check: Check, stored: CheckResult) -> bool:
        """Whether the query of a rule returns the rows that it returned for the stored result."""
        if not isinstance(check.rule, NoRows):
            return False
        try:
            if not self._is_like(check, stored):
                return False
            names, rows = self._rows(check, ALL_DAYS)
        except duckdb.Error:
            return False
        examples = [as_text(dict(zip(names, row, strict=True))) for row in rows[:MAX_EXAMPLES]]
        return len(rows) == stored.unexpected_count and examples == stored.examples

    def _is_like(self, check: Check, stored: CheckResult) -> bool:
        """Whether there is something to check as there was the last time: an empty table has another result."""
        rows = self._connection.execute(f"select count(*) from marts.{check.table}").fetchall()
        return _looks_back(check) or (not rows[0][0]) == stored.observed.startswith("nothing")

    def _rows(self, check: Check, since: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The names and the rows that a rule's query returns from the day `since` on, an SQL date."""
        assert isinstance(check.rule, NoRows)
        history = self._history(since) if _looks_back(check) else ""
        query = check.rule.query(self._now.isoformat(sep=" "), f"marts.{check.table}", history, since)
        found = self._connection.execute(query)
        return [column[0] for column in found.description or []], found.fetchall()

    def _rows_before(self, check: Check, since: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The same of the release before."""
        (draft,) = self._connection.execute("select current_database()").fetchall()[0]
        self._connection.execute(f"use {EARLIER}")
        try:
            return self._rows(check, since)
        finally:
            self._connection.execute(f'use "{draft}"')

    def _history(self, since: str) -> str:
        if since not in self._histories:
            self._histories[since] = earlier_history(self._before.file, self._now, since)
        return self._histories[since]


def naive(now: datetime) -> datetime:
    """An aware instant, or a naive one of UTC, as a naive one of UTC."""
    return now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now


def _depends_on_tables_alone(check: Check) -> bool:
    return not isinstance(check.rule, NoRows) or not ("$now" in check.rule.sql or check.rule.needs_earlier)


def _looks_back(check: Check) -> bool:
    return isinstance(check.rule, NoRows) and check.rule.needs_earlier


def _written(check: Check) -> str:
    return hashlib.sha256(repr(check).encode()).hexdigest()[:16]


def _digests(tables: Mapping[str, Known]) -> dict[str, str]:
    return {name: known.rows for name, known in tables.items()}


def _is_of(check: Check, stored: Verdict, digests: Mapping[str, str]) -> bool:
    """Whether a verdict is of the tables with these digests."""
    tables = check.tables
    return tables <= digests.keys() and stored.tables == _read(tables, digests)


def _read(tables: set[str], digests: Mapping[str, str]) -> str:
    return hashlib.sha256("\n".join(f"{name} {digests[name]}" for name in sorted(tables)).encode()).hexdigest()[:16]
