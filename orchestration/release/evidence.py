"""For each row that a data check names: the stored response from which it most likely came.

The checks see only the published tables; the responses are listed in the working file (`raw.responses`).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from data_checks.results import CheckResult, Report
from orchestration.file_errors import FileUnusable, WarehouseBusy
from orchestration.lake.settings import Lake
from orchestration.raw.working_file import connect

COLUMN = "stored_response"
"""The column that is added to an example row: a path in the landing folder of the home."""

NEWEST = """
select path from raw.responses
where source = $source and subject in ($asset, 'ALL') and status = 200
    and (window_start is null or cast($day as date) is null
        or (window_start < cast($day as date) + 1 and window_end > cast($day as date)))
order by subject = $asset desc, window_start is not null desc, contains(dataset, '1h') = $is_hourly desc,
    fetched_at desc, path
limit 1
"""


def with_stored_responses(report: Report, working_file: Path | Lake) -> Report:
    """The report with `stored_response` in the example rows that name a source or venue whose responses are stored.

    It is the newest response of the source about the asset and the day. A working file that is missing or in use leaves
    the report as it is: the verdict does not depend on it.
    """
    if not (report.blocking or report.warnings):
        return report
    try:
        with connect(working_file, read_only=True) as connection:
            results = [result if result.success else _located(result, connection) for result in report.results]
    except (WarehouseBusy, FileUnusable, duckdb.CatalogException):
        return report
    return replace(report, results=results)


def _located(result: CheckResult, connection: duckdb.DuckDBPyConnection) -> CheckResult:
    examples = [
        row | {COLUMN: path} if (path := _path(row, result.table, connection)) else row for row in result.examples
    ]
    return replace(result, examples=examples)


def _path(row: Mapping[str, str], table: str, connection: duckdb.DuckDBPyConnection) -> str | None:
    source = row.get("source") or row.get("venue")
    if not source or COLUMN in row:
        return None
    found = connection.execute(
        NEWEST,
        {
            "source": source,
            "asset": row.get("asset", "ALL"),
            "day": _day(row),
            "is_hourly": "hourly" in table,
        },
    ).fetchone()
    return str(found[0]) if found else None


def _day(row: Mapping[str, str]) -> date | None:
    """The day of a row; None where it has none."""
    for name in ("trade_date", "first_missing_date", "missing_session_date"):
        if name in row:
            try:
                return date.fromisoformat(row[name][:10])
            except ValueError:
                return None
    return None
