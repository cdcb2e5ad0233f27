"""Validating a file of marts before it is published.

`validate` is the one entry point. It runs every suite on a file that holds the marts alone (schema `marts`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from data_checks.check import Check, NoRows
from data_checks.earlier import earlier_history
from data_checks.results import CheckResult, Report
from data_checks.suites.catalogue import ALL_CHECKS

__all__ = ["CheckResult", "Report", "validate"]


def validate(file: Path, now: datetime, previous: Path | None = None, checks: Sequence[Check] = ALL_CHECKS) -> Report:
    """Runs the checks on `file` as of `now` (aware, or naive UTC); `previous` is the release published before, if any.

    Reads only, and leaves no lock behind. Raises `FileNotFoundError` when a file does not exist; a file that exists but
    can't be read as DuckDB raises `duckdb.Error`. A broken check never raises: it is a failed critical result.
    """
    for path in (file, previous):
        if path is not None and not path.is_file():
            raise FileNotFoundError(f"{path} does not exist: build the marts first, or name another file")
    # Great Expectations takes seconds to import; readers of the results or the catalogue don't need it.
    from data_checks.expectations import Moment, run_checks

    instant = now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now
    looks_back = any(isinstance(check.rule, NoRows) and check.rule.needs_earlier for check in checks)
    earlier = earlier_history(previous, instant) if previous is not None and looks_back else None
    moment = Moment(now=instant.isoformat(sep=" "), earlier=earlier)
    return Report(file=file, now=instant, results=run_checks(file.resolve(), moment, checks))
