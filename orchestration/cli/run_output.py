"""What `warehouse run` prints when it ends, at each verbosity; the words are in `run_text`."""

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.cli.claims import counted
from orchestration.cli.published import published, rows_of
from orchestration.cli.query import write
from orchestration.cli.run_text import UNLIMITED, news_text, problems_text, warnings_text
from orchestration.cli.verbosity import Verbosity
from orchestration.file_errors import FileUnusable
from orchestration.ingest.extraction import NO_KEY, NOT_COLLECTED, NOT_IN_SAMPLE, OPT_IN_ONLY
from orchestration.report.brief import read_brief
from orchestration.report.query_result import Format
from orchestration.report.terminal import Terminal
from orchestration.report.wording import day_text
from orchestration.report.wrapping import paragraph, wrapped

if TYPE_CHECKING:
    from orchestration.release.open import PublishedFile
    from orchestration.run_summary import RunOutcome

MADE_UP = "The full sample market: many of these figures are made up (orchestration/sample/SOURCES.md)."
TO_TRY = ("sql .tables", "sql \"from highest_since('price_usd', 'BTC', 'binance', '2025-05-08')\"", "claims")
VERDICTS = "select claim_id, verdict, claim_text, origin from rpt_claims order by claim_id"
NOT_CONFIGURED = f"""
select count(*) from (
    select source from rpt_source_status group by source
    having bool_and(
        outcome = 'skipped'
        and (reason like '{NO_KEY}%' or reason in ('{NOT_IN_SAMPLE}', '{OPT_IN_ONLY}', '{NOT_COLLECTED}'))
    )
)
"""
DATASETS = """
select source, dataset, outcome, reason from rpt_source_status
order by outcome = 'skipped', outcome = 'complete', source, dataset
"""


def print_run(
    outcome: "RunOutcome",
    as_json: bool,
    verbosity: Verbosity = Verbosity.normal,
    before: str | None = None,
) -> None:
    """The result of a run. Problems are written to standard error, what was published to standard output.

    `before` is the version that was published before the run, None if there was none.
    """
    if as_json:
        fields = asdict(outcome)
        fields.pop("report")
        fields["blocking"] = [result.name for result in outcome.report.blocking] if outcome.report else None
        fields["previous_version"] = before
        print(json.dumps(fields, default=str))
        return
    _print_problems(outcome, verbosity)
    if outcome.exit_code:
        for failure in outcome.failures:
            print(failure, file=sys.stderr)
        print("nothing new was published; an earlier version, if there is one, is unchanged", file=sys.stderr)
        return
    sys.stderr.flush()
    _print_published(outcome, verbosity, before)


def _print_problems(outcome: "RunOutcome", verbosity: Verbosity) -> None:
    from orchestration.sources.shared.registry import datasets

    terminal = Terminal.of(sys.stderr)
    problems = [problem for problem in outcome.problems if not problem.needs_key]
    if verbosity is Verbosity.quiet:
        problems = [problem for problem in problems if problem.outcome != "complete"]
    if problems:
        titles = {f"{dataset.provider.name} {dataset.name}": dataset.title for dataset in datasets()}
        print(problems_text(problems, titles, terminal), file=sys.stderr)
    if not outcome.report:
        return
    from data_checks.results import describe

    in_full = outcome.report.blocking
    if verbosity is Verbosity.verbose:
        in_full = [*outcome.report.warnings, *in_full]
    elif outcome.report.warnings:
        print(warnings_text(outcome.report.warnings, terminal), file=sys.stderr)
    for result in in_full:
        print("\n".join(describe(result)), file=sys.stderr)


def _print_published(outcome: "RunOutcome", verbosity: Verbosity, before: str | None) -> None:
    from orchestration.settings import Settings

    settings = Settings.load()
    if verbosity > Verbosity.quiet:
        if outcome.origin == "sample-full":
            print("\n".join(wrapped(MADE_UP, Terminal.of().width)) + "\n")
        earlier = release_file(settings.published, before)
        _print_news(outcome, settings.published, earlier, before)
        _print_brief_and_claims(earlier)
        if verbosity is Verbosity.verbose:
            with published() as connection:
                write(rows_of(connection, DATASETS), Format.table)
        if before is None:
            print("\n".join(["", "try:", *(f"  {_command()} {arguments}" for arguments in TO_TRY)]))
        print()
    version = outcome.release.version if outcome.release else "nothing"
    seconds = sum(outcome.seconds.values())
    print(f"published {version} in {seconds:.0f} s: {settings.published / 'crypto_market.duckdb'}")


def _print_news(outcome: "RunOutcome", folder: Path, earlier: "PublishedFile | None", before: str | None) -> None:
    import duckdb

    from orchestration.release.open import newest_file
    from orchestration.report.release_news import release_news

    if outcome.release and outcome.release.version == before:
        print("Nothing is new: the release stays as it is.\n")
        return
    if before is not None and earlier is None:
        return
    # A release of an older version may have other columns, and nobody repairs an old file for this.
    with suppress(duckdb.Error, FileUnusable):
        news = release_news(newest_file(folder).path, earlier.path if earlier else None)
        print(news_text(news, before is None, Terminal.of()))


def _print_brief_and_claims(earlier: "PublishedFile | None") -> None:
    """The headline of the newest day, the claims in a line, and how many sources are not configured."""
    terminal = Terminal.of()
    width = terminal.width if terminal.is_interactive else UNLIMITED
    with published() as connection:
        if brief := read_brief(connection):
            headline = " ".join(brief.headline)
            print(paragraph(f"Brief of {day_text(brief.day)}: {headline} (`warehouse brief`)", width, 2, first=0))
        found = rows_of(connection, VERDICTS).rows
        sources = rows_of(connection, NOT_CONFIGURED).rows[0][0]
    print(f"{len(found)} claims: {counted([verdict for _, verdict, *_ in found])} (`warehouse claims`)")
    for line in changed_claims(found, _earlier_verdicts(earlier)):
        print(paragraph(line, width, 4, first=2))
    if sources:
        print(f"{sources} sources not configured (`warehouse sources`)")


def changed_claims(claims: "Sequence[tuple[str, str, str, str]]", earlier: "Mapping[str, str]") -> list[str]:
    """The user's own claims, and those with another verdict than in the release before, as sentences."""
    lines = []
    for claim_id, verdict, text, origin in claims:
        was = earlier.get(claim_id, verdict)
        if origin == "user" or was != verdict:
            lines.append(f"{text}: {verdict}" + (f", was {was}" if was != verdict else ""))
    return lines


def _earlier_verdicts(earlier: "PublishedFile | None") -> "Mapping[str, str]":
    import duckdb

    from orchestration.release.open import reading

    if earlier is not None:
        with suppress(duckdb.Error, FileUnusable), reading(earlier) as connection:
            return dict(connection.execute("select claim_id, verdict from rpt_claims").fetchall())
    return {}


def release_file(folder: Path, version: str | None) -> "PublishedFile | None":
    """The kept release of that version; None where there is none."""
    from orchestration.release.open import STABLE_NAME, PublishedFile

    path = folder / "releases" / (version or "") / STABLE_NAME
    return PublishedFile(path=path, version=version) if version and path.exists() else None


def _command() -> str:
    """What a user types for this command here: its name where the shell finds it, else its path."""
    called, found = Path(sys.argv[0]), shutil.which("warehouse")
    if called.name != "warehouse" or (found and Path(found).resolve() == called.resolve()):
        return "warehouse"
    return os.path.relpath(called)
