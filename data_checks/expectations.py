"""Runs checks on one DuckDB file through Great Expectations' SQL execution.

The only module that imports Great Expectations, which costs 5 to 10 s: import it late, or early in a process of its own
(`python -m data_checks --wait`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from duckdb_sqlalchemy import CursorWrapper, Dialect

from data_checks.check import Between, Check, NoRows, NotEmpty, Severity
from data_checks.light_great_expectations import (
    AbstractDataContext,
    Batch,
    ExpectationValidationResult,
    SQLDatasource,
    gx,
    gxe,
)
from data_checks.results import MAX_EXAMPLES, CheckResult, as_text

SCHEMA = "marts"


@dataclass(frozen=True)
class Moment:
    """Values outside the file: the run's instant as SQL text, and the earlier release's history, if any."""

    now: str
    earlier: str | None


@cache
def _context() -> AbstractDataContext:
    """The one data context of this process: in memory, writes nothing, sends nothing."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    # It would write all of itself as YAML whenever a table is added, and keep it nowhere: a third of a run's checks.
    context._save_project_config = lambda: None
    return context


def run_checks(file: Path, moment: Moment, checks: Sequence[Check]) -> list[CheckResult]:
    """One result per check, in order. The file is opened read-only and closed again."""
    # Opened as Great Expectations does, and until it is done: its connections share what this one has read.
    with closing(Dialect().connect(database=str(file), read_only=True)) as connection:
        return _results(file, moment, checks, _row_counts(connection.cursor(), {check.table for check in checks}))


def _results(file: Path, moment: Moment, checks: Sequence[Check], row_counts: Mapping[str, int]) -> list[CheckResult]:
    context = _context()
    # Exactly these options: in DuckDB a ROLLBACK outside a transaction is an error.
    source = context.data_sources.add_sql(
        f"release {file}",
        connection_string=f"duckdb:///{file}",
        kwargs={
            "connect_args": {"read_only": True},
            "isolation_level": "AUTOCOMMIT",
            "skip_autocommit_rollback": True,
        },
    )
    batches: dict[str, Batch] = {}
    try:
        batches = _batches(source, row_counts)
        return [_run(check, moment, row_counts, batches) for check in checks]
    finally:
        # Two engines with pools of their own; a connection left in one would lock the file against its writer.
        for batch in batches.values():
            batch.data.execution_engine.close()
        source.get_engine().dispose()
        context.data_sources.delete(source.name)


def _row_counts(cursor: CursorWrapper, tables: Collection[str]) -> dict[str, int]:
    """Rows of those `tables` that schema marts has."""
    cursor.execute("select table_name from duckdb_tables() where schema_name = ?", (SCHEMA,))
    counts = {}
    for (name,) in cursor.fetchall():
        if name in tables:
            cursor.execute(f'select count(*) from {SCHEMA}."{name}"')
            ((counts[name],),) = cursor.fetchall()
    return counts


def _batches(source: SQLDatasource, tables: Iterable[str]) -> dict[str, Batch]:
    assets = {name: source.add_table_asset(name, table_name=name, schema_name=SCHEMA) for name in sorted(tables)}
    return {name: asset.add_batch_definition_whole_table("all rows").get_batch() for name, asset in assets.items()}


def _run(check: Check, moment: Moment, row_counts: Mapping[str, int], batches: Mapping[str, Batch]) -> CheckResult:
    if check.table not in row_counts:
        # A missing mart breaks the contract with every reader, whatever the result of its checks would be.
        missing = f"table {SCHEMA}.{check.table} is missing: build it with dbt before checking"
        return _failed(check, missing, "critical")
    if row_counts[check.table] == 0 and not isinstance(check.rule, NotEmpty) and not _looks_back(check):
        return _passed(check, "nothing to check: the table is empty")
    if _looks_back(check) and moment.earlier is None:
        return _passed(check, "nothing to compare with: no earlier release")
    try:
        result = batches[check.table].validate(
            _expectation(check, moment),
            result_format={
                "result_format": "COMPLETE" if isinstance(check.rule, NoRows) else "SUMMARY",
                "partial_unexpected_count": MAX_EXAMPLES,
                "unexpected_index_column_names": list(check.keys),
            },
        )
    except Exception as error:
        # Great Expectations raises many unrelated types; each means that the check has no result.
        return _failed(check, str(error))
    return _outcome(check, result)


def _looks_back(check: Check) -> bool:
    return isinstance(check.rule, NoRows) and check.rule.needs_earlier


def _expectation(check: Check, moment: Moment) -> gxe.Expectation:
    rule = check.rule
    # Great Expectations has no severity for withheld figures; they are warnings there.
    severity = "critical" if check.severity == "critical" else "warning"
    match rule:
        case NoRows():
            # Great Expectations fills {batch} with str.format, so a brace of our own must be doubled.
            escaped = rule.query(moment.now, "\0", moment.earlier or "").replace("{", "{{").replace("}", "}}")
            return gxe.UnexpectedRowsExpectation(
                unexpected_rows_query=escaped.replace("\0", "{batch}"), severity=severity
            )
        case Between():
            return gxe.ExpectColumnValuesToBeBetween(
                column=rule.column,
                min_value=rule.minimum,
                max_value=rule.maximum,
                strict_min=rule.strict,
                severity=severity,
            )
        case NotEmpty():
            return gxe.ExpectTableRowCountToBeBetween(min_value=1, severity=severity)


def _outcome(check: Check, result: ExpectationValidationResult) -> CheckResult:
    raised = _raised(result.exception_info or {})
    if raised is not None:
        return _failed(check, raised)
    if result.success:
        return _passed(check, _seen(check, result.result))
    rows = _offending(check, result.result)
    count = _count(check, result.result)
    return CheckResult(
        name=check.name,
        table=check.table,
        severity=check.severity,
        reason=check.reason,
        success=False,
        unexpected_count=count,
        observed="the table is empty" if isinstance(check.rule, NotEmpty) else f"{count} row{'s' * (count != 1)}",
        examples=[as_text(row) for row in rows[:MAX_EXAMPLES]],
        next_step=check.advice,
    )


def _raised(info: Mapping[str, Any]) -> str | None:
    """The first line of the exception inside a result. The info is one record, or one per metric that raised."""
    records = [info] if "raised_exception" in info else list(info.values())
    messages = [str(record["exception_message"]) for record in records if record.get("raised_exception")]
    return messages[0].splitlines()[0] if messages else None


def _count(check: Check, result: Mapping[str, Any]) -> int:
    """Offending rows of a failed expectation."""
    match check.rule:
        case NoRows():
            return int(result["observed_value"])
        case NotEmpty():
            return 0
        case _:
            return int(result["unexpected_count"])


def _offending(check: Check, result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if isinstance(check.rule, NoRows):
        return list(result["details"]["unexpected_rows"])
    if rows := result.get("partial_unexpected_index_list"):
        return list(rows)
    values = result.get("partial_unexpected_list", [])
    return [value if isinstance(value, Mapping) else {"value": value} for value in values]


def _seen(check: Check, result: Mapping[str, Any]) -> str:
    if isinstance(check.rule, NotEmpty):
        return f"{result['observed_value']} rows"
    return "no row breaks the rule" if isinstance(check.rule, NoRows) else f"{result['element_count']} rows in order"


def _passed(check: Check, observed: str) -> CheckResult:
    return CheckResult(check.name, check.table, check.severity, check.reason, True, 0, observed, [])


def _failed(check: Check, error: str, severity: Severity | None = None) -> CheckResult:
    """A check that could not be run has failed, with its own severity: a warning does not block then either."""
    return CheckResult(
        name=check.name,
        table=check.table,
        severity=severity or check.severity,
        reason=check.reason,
        success=False,
        unexpected_count=0,
        observed="no result",
        examples=[],
        error=f"{check.name} could not be judged: {error}",
        next_step=check.advice,
    )
