"""What commands print about the published copy: the brief, as text, rows or a page."""

from datetime import date
from pathlib import Path

from orchestration.cli.exit_codes import stop
from orchestration.cli.published import published
from orchestration.cli.query import write
from orchestration.report.brief import read_brief, sentences
from orchestration.report.brief_text import markdown, plain
from orchestration.report.query_result import Format


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
