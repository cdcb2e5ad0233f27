"""The checks from the command line: `python -m data_checks FILE`, or `python -m data_checks --wait`.

`--wait` imports Great Expectations at once and then waits for a request, one line of JSON on standard input:
`{"file": …, "now": …}` with optional `"docs"`, `"previous"` and `"checks"`, the names of some. The response is one
line, a report as JSON, on standard output; everything else goes to standard error. Started early, the slow import
overlaps with the fetching.

Exit status: 0 fit to publish, 1 a critical check failed, 2 wrong use.
"""

import argparse
import contextlib
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from data_checks.check import sentence
from data_checks.docs import state, write_page
from data_checks.results import CheckResult, Report, describe
from data_checks.suites.catalogue import ALL_CHECKS
from data_checks.validation import validate
from orchestration.short_process import collect_rarely, end_at_once

STYLES = {"passed": "green", "warning": "yellow", "withhold": "yellow", "critical": "bold red"}


@dataclass(frozen=True)
class CheckOrder:
    """What to check, as of when, against which earlier release, and where to write the result page."""

    file: Path
    now: datetime
    previous: Path | None = None
    docs: Path | None = None
    checks: tuple[str, ...] | None = None


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status; wrong arguments raise `SystemExit(2)`."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.wait:
        return _serve_one_request()
    if options.file is None:
        parser.error("name the file to check, for example data/published/crypto_market.duckdb")
    request = CheckOrder(options.file, options.now or datetime.now(UTC), options.previous, options.docs)
    # Great Expectations prints hints of its own; standard output belongs to the result.
    with contextlib.redirect_stdout(sys.stderr):
        report = _checked(request)
    if report is None:
        return 2
    if options.json:
        print(report.to_json())
    else:
        print_report(report, Console())
    return 1 if report.blocking else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data_checks", description="Checks a file of marts before readers.")
    parser.add_argument("file", nargs="?", type=Path, help="a DuckDB file with the schema marts")
    parser.add_argument("--now", type=datetime.fromisoformat, help="the instant to judge by, UTC (default: the clock)")
    parser.add_argument("--previous", type=Path, help="the release published before: no series may have shrunk")
    parser.add_argument("--json", action="store_true", help="print the report as one line of JSON")
    parser.add_argument("--docs", type=Path, metavar="DIR", help="write the result page, index.html, into DIR")
    parser.add_argument("--wait", action="store_true", help="wait for one request on standard input")
    return parser


def _serve_one_request() -> int:
    """Imports what is slow, serves one request, and ends. End of input without a line means that none is coming."""
    with contextlib.redirect_stdout(sys.stderr):
        import data_checks.expectations  # noqa: F401  slow, before the request comes

        line = sys.stdin.readline()
        if not line.strip():
            return 0
        try:
            request = _request(line)
        except (ValueError, KeyError, TypeError) as error:
            print(f"no valid request ({error!r}): send one line such as {{'file': '…', 'now': '…'}}", file=sys.stderr)
            return 2
        report = _checked(request)
    if report is None:
        return 2
    print(report.to_json(), flush=True)
    return 1 if report.blocking else 0


def _request(line: str) -> CheckOrder:
    fields = json.loads(line)
    previous, docs = fields.get("previous"), fields.get("docs")
    return CheckOrder(
        file=Path(fields["file"]),
        now=datetime.fromisoformat(fields["now"]),
        previous=Path(previous) if previous else None,
        docs=Path(docs) if docs else None,
        checks=tuple(fields["checks"]) if fields.get("checks") is not None else None,
    )


def _checked(request: CheckOrder) -> Report | None:
    """The report, with its page written; None, and a sentence on standard error, when a file can't be read."""
    try:
        checks = [check for check in ALL_CHECKS if request.checks is None or check.name in request.checks]
        report = validate(request.file, request.now, request.previous, checks)
    except (FileNotFoundError, duckdb.Error) as error:
        print(f"{request.file} can't be checked: {error}", file=sys.stderr)
        return None
    if request.docs is not None:
        print(f"result page: {write_page(report, request.docs)}", file=sys.stderr)
    return report


def print_report(report: Report, console: Console) -> None:
    """The results as a table, and after it each failure with its reason and offending rows."""
    table = Table(title=f"{report.file.name} as of {report.now} UTC", title_justify="left", box=SIMPLE)
    for column in ("result", "severity", "table", "check"):
        table.add_column(column, overflow="fold", no_wrap=column != "check")
    for result in report.results:
        seen = f" [dim]({result.observed})[/]" if result.success and result.observed.startswith("nothing") else ""
        mark = f"[{STYLES[state(result)]}]{'passed' if result.success else 'failed'}[/]"
        table.add_row(mark, result.severity, result.table, sentence(result.name) + seen)
    console.print(table)
    for result in [*report.blocking, *report.warnings]:
        _print_failure(result, console)
    console.print(
        f"{sum(result.success for result in report.results)} passed, {len(report.warnings)} warned, "
        f"{len(report.blocking)} critical: {'not to be published' if report.blocking else 'fit to publish'}"
    )


def _print_failure(result: CheckResult, console: Console) -> None:
    first, *rest = describe(result)
    kind, _, words = first.partition(":")
    console.print(f"[{STYLES[result.severity]}]{kind}[/]:{escape(words)}")
    for line in rest:
        console.print(escape(line), style="dim" if "→" in line else None)


if __name__ == "__main__":
    collect_rarely()
    try:
        ended = main()
    except KeyboardInterrupt:
        ended = 130
    end_at_once(ended)
