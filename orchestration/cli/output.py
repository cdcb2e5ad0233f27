"""What commands print about the published copy: rows, the brief, one claim, the result of a run."""

import json
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.cli.claims import counted
from orchestration.cli.exit_codes import stop
from orchestration.cli.published import published, rows_of
from orchestration.cli.query import write
from orchestration.file_errors import FileUnusable
from orchestration.report.brief import read_brief, sentences
from orchestration.report.brief_text import markdown, plain
from orchestration.report.query_result import Format

if TYPE_CHECKING:
    from orchestration.run_summary import RunOutcome, SourceProblem

QUERIES_TO_TRY = (
    "select trade_date, close_usd, return_ratio from fct_daily_prices where asset = 'BTC' order by 1 desc limit 5",
    "from highest_since('price_usd', 'BTC', 'binance', '2025-05-08')",
    "select trade_date, net_flow_usd, cumulative_net_flow_usd from fct_daily_etf_totals where asset = 'BTC' "
    "order by 1 desc limit 5",
)


def print_brief(day: date | None, html: Path | None, format_: Format) -> None:
    """The brief of `day`, or of the newest one, on standard output or as a page."""
    with published() as connection:
        brief = read_brief(connection, day)
        if brief is None:
            first, last = (
                connection.execute("select min(trade_date), max(trade_date) from rpt_market_brief").fetchone() or ()
            )
            stop(f"there is no brief of {day}; there is one of each day from {first} to {last}")
        if html:
            from orchestration.report.page import write_page
            from orchestration.report.pictures import draw

            write_page(html, brief, draw(connection, brief.day))
            print(f"wrote {html}")
        elif format_ in (Format.json, Format.csv, Format.excel):
            write(sentences(connection, day), format_)
        else:
            print(markdown(brief) if format_ is Format.markdown else plain(brief))


def print_run(outcome: "RunOutcome", as_json: bool) -> None:
    """The result of a run: the problems of sources, what was published or why not, the brief and the claims."""
    if as_json:
        fields = asdict(outcome)
        fields.pop("report")
        fields["blocking"] = [result.name for result in outcome.report.blocking] if outcome.report else None
        print(json.dumps(fields, default=str))
        return
    for sentence in problem_sentences([problem for problem in outcome.problems if not problem.needs_key]):
        print(sentence, file=sys.stderr)
    if outcome.report:
        from data_checks.results import describe

        for result in (*outcome.report.warnings, *outcome.report.blocking):
            print("\n".join(describe(result)), file=sys.stderr)
    if outcome.exit_code:
        for failure in outcome.failures:
            print(failure, file=sys.stderr)
        print("nothing new was published; an earlier version, if there is one, is unchanged", file=sys.stderr)
        return
    _print_published(outcome)


def problem_sentences(problems: "Sequence[SourceProblem]") -> list[str]:
    """The problems of datasets; one that several datasets share, such as a blocked host, is printed once."""
    alike: dict[tuple[str, str], list[str]] = {}
    for problem in problems:
        alike.setdefault((problem.outcome, problem.message), []).append(problem.dataset)
    return [f"{', '.join(names)}: {outcome}: {message}" for (outcome, message), names in alike.items()]


def _print_published(outcome: "RunOutcome") -> None:
    from orchestration.settings import Settings

    if outcome.origin == "sample-full":
        print("The full sample market: many of these figures are made up (orchestration/sample/SOURCES.md).\n")
    with published() as connection:
        brief = read_brief(connection)
    if brief:
        print(plain(brief) + "\n")
    print_claims_of_run(Settings.load().published)
    seconds = sum(outcome.seconds.values())
    print(f"\npublished in {seconds:.0f} s: {Settings.load().published / 'crypto_market.duckdb'}\ntry:")
    for query in QUERIES_TO_TRY:
        print(f'  {_command()} sql "{query}"')


def print_claims_of_run(folder: Path) -> None:
    """The claims in a line; of them the user's own and those with another verdict than in the release before."""
    import duckdb

    from orchestration.release.open import reading, release_before

    with published() as connection:
        verdicts = rows_of(
            connection, "select claim_id, verdict, claim_text, origin from rpt_claims order by claim_id"
        ).rows
    print(f"{len(verdicts)} claims: {counted([verdict for _, verdict, *_ in verdicts])} (`warehouse claims`)")
    before = release_before(folder)
    earlier: dict[str, str] = {}
    if before is not None:
        # A release of an older version may have other columns, and nobody repairs an old file for this.
        with suppress(duckdb.Error, FileUnusable), reading(before) as connection:
            earlier = dict(connection.execute("select claim_id, verdict from rpt_claims").fetchall())
    for claim_id, verdict, text, origin in verdicts:
        was = earlier.get(claim_id, verdict)
        if origin == "user" or was != verdict:
            print(f"  {text}: {verdict}" + (f", was {was}" if was != verdict else ""))


def _command() -> str:
    """What a user types for this command here: its name where the shell finds it, else its path."""
    called, found = Path(sys.argv[0]), shutil.which("warehouse")
    if called.name != "warehouse" or (found and Path(found).resolve() == called.resolve()):
        return "warehouse"
    return os.path.relpath(called)
