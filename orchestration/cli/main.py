"""The `warehouse` command: each command declares its options, imports what it needs, and ends with a status."""

import sys
from datetime import date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.collect import collect
from orchestration.cli.copy import copy
from orchestration.cli.errors import guarded
from orchestration.cli.exit_codes import Status, stop
from orchestration.cli.interruption import end_when_interrupted
from orchestration.cli.lake import lake
from orchestration.cli.mcp import mcp
from orchestration.cli.metrics import metrics
from orchestration.cli.sql import sql
from orchestration.cli.supervision import end, supervise, will_end_at_once
from orchestration.cli.verify import verify
from orchestration.report.query_result import Format
from orchestration.short_process import collect_rarely, open_standard_streams
from orchestration.without_pandas import leave_pandas_out

app = typer.Typer(
    help="A warehouse of the crypto market: every number with its definition, its source and when it was observed.",
    no_args_is_help=True,
    add_completion=False,
    # Plain text: Rich would take as long to import as everything else that the help needs.
    rich_markup_mode=None,
    # Its tracebacks show the values of variables; ours are written to a file, without keys.
    pretty_exceptions_enable=False,
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        from orchestration.settings import version

        print(f"warehouse {version()}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """A warehouse of the crypto market: every number with its definition, its source and when it was known."""


Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
FirstDay = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="First day to fetch: 2025-05-08.")
]
LastDay = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Last day to fetch, included.")
]


@app.command(short_help="The main job: extract, load, build, check, publish.")
def run(
    source: Annotated[str | None, typer.Option(help="sample or live; by default what the home holds.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="The sample with every source and asset; missing figures are made up.")
    ] = False,
    start: FirstDay = None,
    end: LastDay = None,
    only: Annotated[str, typer.Option(help="Sources to fetch, separated by commas.")] = "",
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build everything from nothing, whatever has changed.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only problems and the last line.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print every dataset, too.")] = False,
    as_json: Json = False,
) -> None:
    """Extract, load, build, check and publish; print what is new. Days are UTC days."""
    from orchestration.cli.published import published_version
    from orchestration.cli.verbosity import Verbosity
    from orchestration.settings import Settings

    if quiet and verbose:
        stop("--quiet and --verbose exclude each other")
    verbosity = Verbosity.quiet if quiet else Verbosity.verbose if verbose else Verbosity.normal

    settings = Settings.load()
    if settings.lake:
        supervise()
    will_end_at_once()
    end_when_interrupted(settings.published)
    before = published_version(settings.published)
    if not as_json and not quiet and sys.stderr.isatty():
        # Before the slow imports: a terminal that shows nothing for seconds looks dead.
        kind = source or settings.origin or "first run"
        print(f"warehouse run in {settings.home} ({kind})", file=sys.stderr, flush=True)
    from orchestration.cli.run_output import print_run
    from orchestration.run import RunRequest, WrongUse
    from orchestration.run import run as run_job

    if source not in (None, "sample", "live"):
        stop(f"--source takes sample or live, not {source}")
    if full and source == "live":
        stop("--full goes with --source sample: live runs always fetch everything")
    try:
        outcome = run_job(
            RunRequest(
                source="sample-full" if full else source,  # type: ignore[arg-type]
                start=start.date() if start else None,
                end=end.date() if end else None,
                only=tuple(name.strip() for name in only.split(",") if name.strip()),
                full_refresh=full_refresh,
                is_quiet=quiet,
            )
        )
    except WrongUse as problem:
        stop(str(problem))
    print_run(outcome, as_json, verbosity, before)
    raise typer.Exit(outcome.exit_code)


app.command("sql", short_help="One read-only SQL query on the published file, or a prompt.")(sql)


@app.command(short_help="The market brief of a day, as text or as a page.")
def brief(
    day: Annotated[
        str | None, typer.Argument(help="UTC day: 2025-05-08, 8may, yesterday; the newest by default.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page of its own, with charts.")] = None,
    site: Annotated[
        Path | None, typer.Option(help="Write a static site into this folder: a page a day, index, feeds.")
    ] = None,
    days: Annotated[int, typer.Option(help="With --site: how many days; pages that exist already stay.", min=1)] = 30,
    url: Annotated[str, typer.Option(help="With --site: the site's own address, for the links of its feeds.")] = "",
    format_: Annotated[
        Format, typer.Option("--format", "-f", help="Text, Markdown, or the sentences as CSV or JSON.")
    ] = Format.table,
    as_json: Json = False,
) -> None:
    """The market brief of a day: headline, key figures, ETF flows, derivatives, records, and what is missing."""
    from orchestration.cli.output import print_brief, write_site

    if site:
        if day or html:
            stop("--site writes the newest days: leave out DATE and --html, and set --days")
        write_site(site, days, url)
        return
    print_brief(_day(day) if day else None, html, Format.json if as_json else format_)


def _day(text: str) -> date:
    from orchestration.cli.days import UnknownDay, parse_day
    from orchestration.settings import Settings

    try:
        return parse_day(text, Settings.load().now().date())
    except UnknownDay as problem:
        stop(str(problem))


@app.command()
def claims(
    explain: Annotated[
        str | None, typer.Option(help="One claim: its definition, its SQL and the rows behind it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Claims about the market, and whether the figures support them."""
    from orchestration.cli.claims import print_claim, print_claims

    format_ = Format.json if as_json else Format.table
    if explain:
        print_claim(explain, format_)
        return
    print_claims(format_)


@app.command()
def check(
    published: Annotated[bool, typer.Option("--published", help="Check the published copy, not the draft.")] = False,
    docs: Annotated[Path | None, typer.Option(help="Write a result page into this folder.")] = None,
    as_json: Json = False,
) -> None:
    """The data checks alone. Status 1 when a critical one fails."""
    from data_checks.__main__ import main as run_checks
    from orchestration.release.open import open_published
    from orchestration.settings import Settings

    settings = Settings.load()
    draft = settings.release_draft
    file = draft if draft.exists() and not published else settings.published / "crypto_market.duckdb"
    if not file.exists():
        stop("there is nothing to check yet; run `warehouse run` first")
    arguments = [str(file.resolve()), "--now", settings.now().isoformat()]
    previous = settings.published / "crypto_market.duckdb"
    if previous.exists():
        open_published(settings.published).close()
    if file == draft and previous.exists():
        arguments += ["--previous", str(previous.resolve())]
    arguments += ["--json"] if as_json else []
    arguments += ["--docs", str(docs)] if docs else []
    raise typer.Exit(run_checks(arguments))


@app.command(short_help="Each dataset: newest figures, last response, what to do.")
def status(as_json: Json = False) -> None:
    """Per source: last good response, newest window, outcome of the last attempt, key; and the published version."""
    from orchestration.cli.status import print_status

    print_status(Format.json if as_json else Format.table)


@app.command(short_help="The sources: what each gives, and what it needs.")
def sources(as_json: Json = False) -> None:
    """The sources: whether each is ready, what it gives, and what it needs."""
    from orchestration.cli.sources import print_sources
    from orchestration.settings import Settings

    print_sources(Settings.load(), Format.json if as_json else Format.table)


@app.command(short_help="What is wrong with this set-up.")
def doctor(as_json: Json = False) -> None:
    """What is wrong with this set-up: interpreter, packages, home, disk, network, keys. Status 2 for a problem."""
    from orchestration.cli.doctor import print_findings
    from orchestration.settings import Settings

    if print_findings(Settings.load(), Format.json if as_json else Format.table):
        raise typer.Exit(Status.WRONG_USE)


app.command("collect", short_help="Listen to streams of liquidations until interrupted.")(collect)


@app.command(short_help="Rebuild a source's raw tables from the landing files.")
def reparse(source: Annotated[str, typer.Argument(help="A source, such as binance.")], as_json: Json = False) -> None:
    """Rebuild a source's raw tables from the landing files, with no network. Status 3 when none could be read."""
    import json
    import sys

    from orchestration.settings import Settings

    settings = Settings.load()
    if settings.lake:
        supervise()
    end_when_interrupted(settings.published)
    from orchestration.raw.reparse import UnknownSource
    from orchestration.raw.reparse import reparse as rebuild

    try:
        reparsed = rebuild(source)
    except UnknownSource as problem:
        stop(str(problem))
    stored = reparsed.loaded
    for sentence in reparsed.skipped:
        print(f"warning: {sentence}", file=sys.stderr)
    if not stored:
        stop(
            f"no stored response of {source} could be read, so its raw tables are unchanged; restore the landing "
            "folder from a copy, or run `warehouse run` to request the figures again",
            Status.NOTHING_EXTRACTED,
        )
    if as_json:
        print(json.dumps({table: loaded.rows_new for table, loaded in stored.items()}))
        return
    for table, loaded in stored.items():
        rejected = f", {loaded.rejected:,} records in raw.rejected_records" if loaded.rejected else ""
        print(f"raw.{table}: {loaded.rows_new:,} versions from the landing files{rejected}")
    print("run `warehouse run` to build and publish from them")


app.command("verify", short_help="Read a market text, and judge each sentence by the figures.")(verify)
app.command("mcp", short_help="The figures for language models (Model Context Protocol).")(mcp)
app.add_typer(metrics, name="metrics", short_help="Figures by metric, dimensions and grain, without SQL.")
app.add_typer(copy, name="copy", short_help="Copy the published marts to Postgres.")
app.add_typer(lake, name="lake", short_help="The store that several machines share.")


@app.command(short_help="The Dagster UI on 127.0.0.1, until interrupted.")
def ui(port: Annotated[int, typer.Option(help="Where to serve it.", min=1, max=65535)] = 3000) -> None:
    """The Dagster UI on 127.0.0.1, until interrupted; the page of the data checks is one port above it."""
    from orchestration.cli.ui import serve
    from orchestration.settings import Settings

    raise typer.Exit(serve(Settings.load(), port))


def main() -> None:
    """The console script."""
    open_standard_streams()
    collect_rarely()
    leave_pandas_out()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that lacks a character (cp1252, latin-1) shows another one instead of a traceback.
            stream.reconfigure(errors="replace")
    try:
        guarded(lambda: app(prog_name="warehouse"))
    except SystemExit as ended:
        end(ended)


__all__ = ["Status", "app", "main"]
