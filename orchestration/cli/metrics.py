"""`warehouse metrics`: figures by metric, dimensions and grain, without SQL."""

import json
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.exit_codes import stop
from orchestration.report.query_result import Format, QueryResult
from orchestration.report.wording import title

if TYPE_CHECKING:
    from orchestration.semantic.query import MetricResult

metrics = typer.Typer(help="Figures by metric, dimensions and grain, without SQL.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="A UTC day, included.")]
Values = Annotated[str, typer.Option(help="Values wanted, separated by commas.")]


@metrics.command("list")
def list_(as_json: Json = False) -> None:
    """Every metric that can be requested: unit, default asset and scope, and what a longer period has."""
    from orchestration.cli.query import write
    from orchestration.semantic.model import over_time, semantic_metrics

    # A definition is a sentence, which no column of a terminal holds.
    columns = ["metric", "unit", "default_asset", "default_scope", "longer_period", *["definition"] * as_json]
    rows = [
        (one.name, one.unit, one.default_asset, one.default_scope, over_time(one)[1], *[one.definition] * as_json)
        for one in semantic_metrics()
    ]
    write(QueryResult(columns, rows), Format.json if as_json else Format.table)


@metrics.command()
def query(
    names: Annotated[str, typer.Argument(metavar="METRIC", help="Metrics, separated by commas.")],
    by: Annotated[
        str,
        typer.Option(help="asset, scope, source, issuer, fund, and one of day, week, month, quarter, year; by commas."),
    ] = "",
    asset: Values = "",
    scope: Values = "",
    source: Values = "",
    issuer: Values = "",
    fund: Values = "",
    start: Day = None,
    end: Day = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="As it was known at an instant (UTC).")] = None,
    show_sql: Annotated[bool, typer.Option("--sql", help="Print the SQL instead of running it.")] = False,
    format_: Annotated[Format, typer.Option("--format", "-f", help="The output format.")] = Format.table,
    as_json: Json = False,
) -> None:
    """Figures of metrics by dimensions and grain. An asset or scope that is left open is the metric's default.

    \b
    warehouse metrics query etf_net_flow --by issuer,week
    warehouse metrics query price_usd,price_usd_high --by scope,month --asset ETH --start 2025-01-01
    """
    from orchestration.cli.query import write
    from orchestration.client import Market
    from orchestration.release.as_of import UnknownInstant
    from orchestration.semantic.query import InvalidRequest

    given = {"asset": asset, "scope": scope, "source": source, "issuer": issuer, "fund": fund}
    try:
        market = Market(as_of=as_of)
        result = market.query(
            _parts(names),
            by=_parts(by),
            only={name: _parts(text) for name, text in given.items() if text},
            start=start.date() if start else None,
            end=end.date() if end else None,
        )
    except (InvalidRequest, UnknownInstant) as problem:
        stop(str(problem))
    if show_sql:
        print(result.sql)
        return
    if as_json or format_ is Format.json:
        read = {"release": market.file().version, "as_of": market.known_at}
        print(json.dumps(asdict(result) | read, indent=2, default=str))
        return
    write(QueryResult(result.columns, result.rows), format_)
    # A file of figures stays one: what they are goes beside it.
    with redirect_stdout(sys.stdout if format_ in (Format.table, Format.markdown) else sys.stderr):
        _print_provenance(result, market.file().version, market.known_at)


def _print_provenance(result: "MetricResult", release: str, known_at: datetime | None) -> None:
    """Below a table: what the figures are, where they come from, and what they were read from."""
    if result.defaults:
        print("left open, so " + ", ".join(f"{name} {value}" for name, value in result.defaults.items()))
    for one in result.provenance:
        print(f"{one.metric}: {one.definition}")
        pending = f", {one.pending_figures_count:,} of them not final yet" if one.pending_figures_count else ""
        sources = ", ".join(dict.fromkeys(title(source) for source in one.sources)) or "none"
        print(f"  sources: {sources}; newest figure observed at {one.newest_observed_at or 'no instant'} UTC{pending}")
    if "scope" in result.columns:
        at = list(result.columns).index("scope")
        names = {str(row[at]): title(str(row[at])) for row in result.rows if "_" in str(row[at])}
        if known := "; ".join(f"{name} is {words}" for name, words in sorted(names.items()) if words != name):
            print(f"scopes: {known}")
    print(f"release {release}" + (f", as known at {known_at} UTC" if known_at else ""))


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
