"""What commands print about the published copy: the brief, as text, rows, a page or a site."""

import shutil
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.cli.exit_codes import stop
from orchestration.cli.published import published
from orchestration.cli.query import write
from orchestration.file_errors import FileUnusable
from orchestration.report.brief import Brief, read_brief, sentences
from orchestration.report.brief_text import WIDTH, markdown, plain
from orchestration.report.query_result import Format

if TYPE_CHECKING:
    import duckdb

WIDEST = 140
"""Columns of a terminal that the brief uses."""


def print_brief(day: date | None, html: Path | None, format_: Format) -> None:
    """The brief of `day`, or of the newest one, on standard output or as a page."""
    with published() as connection:
        brief = _brief(connection, day)
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
            print(markdown(brief) if format_ is Format.markdown else _for_terminal(brief))


def write_site(folder: Path, days: int, url: str) -> None:
    """The briefs of the last `days` days as a static site in `folder`."""
    from orchestration.report.brief_site import write_days

    with published() as connection:
        (newest,) = connection.execute("select max(trade_date) from rpt_market_brief").fetchone() or (None,)
        if newest is None:
            stop("there is no brief yet; run `warehouse run` first")
        written = write_days(folder, connection, newest, days, url, lambda day: _brief(connection, day))
    print(f"wrote {written} pages, an index and feeds into {folder}")


def _brief(connection: "duckdb.DuckDBPyConnection", day: date | None = None) -> Brief | None:
    from orchestration.release.open import newest_file
    from orchestration.settings import Settings

    folder = Settings.load().published
    return read_brief(connection, day, newest_file(folder).version, _earlier_verdicts(folder))


def _for_terminal(brief: Brief) -> str:
    """As wide as the terminal, up to a line that can be read; elsewhere of the usual width."""
    width = min(shutil.get_terminal_size().columns, WIDEST) if sys.stdout.isatty() else WIDTH
    return plain(brief, width, blocks="utf" in (sys.stdout.encoding or "").lower())


def _earlier_verdicts(folder: Path) -> dict[str, str]:
    """The verdict of each claim in the release before; empty where there is none that can be read."""
    import duckdb

    from orchestration.release.open import reading, release_before

    before = release_before(folder)
    if before is not None:
        # A release of an older version may have other columns, and nobody repairs an old file for this.
        with suppress(duckdb.Error, FileUnusable), reading(before) as connection:
            return dict(connection.execute("select claim_id, verdict from rpt_claims").fetchall())
    return {}
