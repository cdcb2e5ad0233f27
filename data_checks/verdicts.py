"""Verdicts of the current release that hold for a draft too, so that only what may have changed is judged again.

Great Expectations takes five seconds of processor time to import and some fifty milliseconds a check. A verdict holds
where the check and every table that it reads are as they were. A rule that is a query is put to the draft where they
are not, or where it depends on the instant or on the release before: rows like those of the last time are the verdict
of the last time. Everything else is judged.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from data_checks.check import Check, NoRows
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


def verdict(check: Check, result: CheckResult, digests: Mapping[str, str]) -> Verdict | None:
    """The verdict to keep; None for a check that could not be judged, or that reads a table without a digest."""
    tables = _tables(check)
    if result.error is not None or not tables <= digests.keys():
        return None
    return Verdict(_written(check), _read(tables, digests), result)


def holding(
    file: Path,
    now: datetime,
    previous: Path | None,
    checks: Sequence[Check],
    verdicts: Mapping[str, Verdict],
    digests: Mapping[str, str],
) -> dict[str, CheckResult]:
    """The results, by name, of the checks whose verdicts hold for `file` as of `now`.

    `digests` has the digest of the rows of each table of `file`; `previous` is the release published before.
    """
    instant = naive(now)
    known = [check for check in checks if check.name in verdicts and verdicts[check.name].check == _written(check)]
    earlier = earlier_history(previous, instant) if previous and any(map(_looks_back, known)) else None
    results: dict[str, CheckResult] = {}
    with closing(duckdb.connect(str(file), read_only=True)) as connection:
        connection.execute("set timezone = 'UTC'")
        for check in known:
            stored = verdicts[check.name]
            is_same = _tables(check) <= digests.keys() and stored.tables == _read(_tables(check), digests)
            if _depends_on_tables_alone(check):
                holds = is_same or _repeats(connection, check, stored.result, instant, None)
            else:
                holds = _repeats(connection, check, stored.result, instant, earlier)
            if holds:
                results[check.name] = stored.result
    return results


def naive(now: datetime) -> datetime:
    """An aware instant, or a naive one of UTC, as a naive one of UTC."""
    return now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now


def _repeats(
    connection: duckdb.DuckDBPyConnection, check: Check, stored: CheckResult, now: datetime, earlier: str | None
) -> bool:
    """Whether the query of a rule returns the rows that it returned for the stored result."""
    if not isinstance(check.rule, NoRows) or (_looks_back(check) and not earlier):
        return False
    query = check.rule.query(now.isoformat(sep=" "), f"marts.{check.table}", earlier or "")
    try:
        is_empty = not connection.execute(f"select count(*) from marts.{check.table}").fetchall()[0][0]
        if not _looks_back(check) and is_empty != stored.observed.startswith("nothing"):
            return False
        found = connection.execute(query)
        names = [column[0] for column in found.description or []]
        rows = found.fetchall()
    except duckdb.Error:
        return False
    examples = [as_text(dict(zip(names, row, strict=True))) for row in rows[:MAX_EXAMPLES]]
    return len(rows) == stored.unexpected_count and examples == stored.examples


def _depends_on_tables_alone(check: Check) -> bool:
    return not isinstance(check.rule, NoRows) or not ("$now" in check.rule.sql or check.rule.needs_earlier)


def _looks_back(check: Check) -> bool:
    return isinstance(check.rule, NoRows) and check.rule.needs_earlier


def _tables(check: Check) -> set[str]:
    return {check.table} | (
        set(re.findall(r"\bmarts\.(\w+)", check.rule.sql)) if isinstance(check.rule, NoRows) else set()
    )


def _written(check: Check) -> str:
    return hashlib.sha256(repr(check).encode()).hexdigest()[:16]


def _read(tables: set[str], digests: Mapping[str, str]) -> str:
    return hashlib.sha256("\n".join(f"{name} {digests[name]}" for name in sorted(tables)).encode()).hexdigest()[:16]


def needs_great_expectations(table: str, checks: Sequence[Check]) -> bool:
    """Whether new rows of `table` need a judge in any case: a rule about it is no query."""
    return any(check.table == table and not isinstance(check.rule, NoRows) for check in checks)
