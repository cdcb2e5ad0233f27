"""`warehouse verify`: a market text, or one structured claim, with the verdict of every interpretation."""

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.exit_codes import stop
from orchestration.cli.given_text import standard_input

if TYPE_CHECKING:
    from orchestration.client import Market
    from orchestration.verify.text import VerifiedText


def verify(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="A text file, or - for standard input; not with --metric.")
    ] = None,
    day: Annotated[
        str | None,
        typer.Option(
            "--date", help="When the text was written, or the day of a claim: 2025-05-09, yesterday, 2025-05-09T04:00Z."
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page of its own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Judge by what was known at an instant (UTC).")] = None,
    metric: Annotated[str | None, typer.Option(help="A claim by its fields: its metric, as in dim_metrics.")] = None,
    value: Annotated[str | None, typer.Option(help="The level that is claimed: USD, or 1 for 100 percent.")] = None,
    comparator: Annotated[
        str | None, typer.Option(help="above, at_least, about, at_most or below; about by default.")
    ] = None,
    tolerance: Annotated[str | None, typer.Option(help="How far off it may be, as a part of the level.")] = None,
    asset: Annotated[str | None, typer.Option(help="The asset; by default the metric's.")] = None,
    scope: Annotated[
        str | None, typer.Option(help="Venue, venue list, fund or index; by default the metric's.")
    ] = None,
    window: Annotated[str | None, typer.Option(help="utc_day, nyse_session, rolling_24h or instant.")] = None,
    statistic: Annotated[str | None, typer.Option(help="open, high, low, close, sum, change, end, share …")] = None,
    start: Annotated[str | None, typer.Option(help="First day of a period that ends with --date.")] = None,
    record: Annotated[str | None, typer.Option(help="highest or lowest, for a record.")] = None,
    since: Annotated[str | None, typer.Option(help="The day since when; without it, of all.")] = None,
    since_precision: Annotated[str | None, typer.Option(help="How exact --since is: day, month or year.")] = None,
    history_from: Annotated[
        str | None, typer.Option(help="From when on a history must reach to prove a record.")
    ] = None,
) -> None:
    """Check a market text against the published figures: the verdict of every interpretation of each sentence.

    A documented grammar reads it; there is no model and no network. What is not understood is shown as such.

    \b
    warehouse verify article.txt --date 2025-05-09
    warehouse verify --metric price_usd --statistic high --date 2025-05-08 --value 104000 --comparator at_least
    """
    from orchestration.client import Market
    from orchestration.release.as_of import UnknownInstant

    try:
        market = Market(as_of=as_of)
    except UnknownInstant as problem:
        stop(str(problem))
    if metric is not None:
        if file is not None:
            stop("give a text or --metric, not both")
        fields = {
            "metric": metric, "threshold": value, "comparator": comparator, "tolerance_ratio": tolerance,
            "asset": asset, "scope": scope, "time_window": window, "statistic": statistic, "period_start_date": start,
            "record_direction": record, "since_date": since, "since_precision": since_precision,
            "history_from_date": history_from,
        }  # fmt: skip
        _claim(market, {name: text for name, text in fields.items() if text is not None}, day, as_json)
        return
    if file is None:
        stop("name a text file, - for standard input, or a claim with --metric; `warehouse verify --help` shows both")
    verified = _verified(market, _text(file), day, is_terminal=file != "-" and sys.stdin.isatty())
    _write(verified, html, as_json)


def _text(file: str) -> str:
    if file == "-":
        return standard_input()
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        stop(f"there is no file {file}; name a text file, or - for standard input")
    except UnicodeDecodeError:
        stop(f"{file} is not text in UTF-8: save it as plain text")


def _verified(market: "Market", text: str, day: str | None, is_terminal: bool) -> "VerifiedText":
    from orchestration.verify.text import NoDay

    if not text.strip():
        stop("the text is empty")
    on, at = _when(day)
    try:
        return market.verify(text, date=on, at=at)
    except NoDay as problem:
        if not is_terminal:
            stop(str(problem))
    on, at = _when(typer.prompt("The text does not say when it was written. Its date (2025-05-09)", err=True))
    return market.verify(text, date=on, at=at)


def _when(day: str | None) -> tuple[date | None, datetime | None]:
    """A day as people write it, or an instant; an instant is that of its day, too."""
    from orchestration.cli.days import UnknownDay, parse_day
    from orchestration.release.as_of import UnknownInstant, instant
    from orchestration.settings import Settings

    if day is None:
        return None, None
    try:
        if ":" in day:
            at = instant(day)
            return at.date(), at
        return parse_day(day, Settings.load().now().date()), None
    except (UnknownDay, UnknownInstant):
        stop(f"--date can't parse {day!r}: write 2025-05-09, yesterday or 2025-05-09T04:00Z")


def _claim(market: "Market", fields: dict[str, str], day: str | None, as_json: bool) -> None:
    from orchestration.verify.figures import NoFigure
    from orchestration.verify.structured import InvalidClaim, claim_of
    from orchestration.verify.written import judgement_json, judgement_plain

    if day is None:
        stop("the day of the claim is missing: add --date 2025-05-08, or an instant, --date 2025-05-09T04:00Z")
    on, at = _when(day)
    if at is not None:
        fields["claim_at"] = at.isoformat()
    elif on is not None:
        fields["claim_date"] = on.isoformat()
    try:
        with market.connect() as connection:
            claim = claim_of(connection, fields)
    except (InvalidClaim, NoFigure) as problem:
        stop(str(problem))
    judgement = market.verify_claim(claim)
    if as_json:
        file = market.file()
        known = market.known_at.isoformat() if market.known_at else None
        print(json.dumps({"release": file.version, "as_of": known, **judgement_json(judgement)}, indent=2))
        return
    print(judgement_plain(judgement))


def _write(verified: "VerifiedText", html: Path | None, as_json: bool) -> None:
    from orchestration.verify.written import as_json as json_of
    from orchestration.verify.written import plain, write_page

    if html is not None:
        write_page(html, verified)
        print(f"wrote {html}", file=sys.stderr)
    if as_json:
        print(json.dumps(json_of(verified), indent=2, ensure_ascii=False))
    elif html is None:
        print(plain(verified))
