"""The brief as one self-contained page: no request to another host, light and dark, readable on a phone.

Not here: its content (`brief`) and the charts in it (`pictures`). The look is
in `templates/brief.html.j2`: every sentence unfolds to its definition and its SQL.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from orchestration.report.brief import Brief
from orchestration.report.brief_text import source_lines
from orchestration.report.wording import long_day_text

if TYPE_CHECKING:
    from orchestration.report.pictures import Picture

SHOWN = 12
"""Rows of a list that stand open; the rest of it unfolds."""


def write_page(path: Path, brief: Brief, pictures: "Sequence[Picture]") -> None:
    """Write the page of a brief with its charts; folders that are missing are made."""
    environment = Environment(
        loader=PackageLoader("orchestration.report"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("brief.html.j2").render(
        brief=brief,
        pictures=pictures,
        day_text=long_day_text(brief.day),
        titles={metric.metric: metric.title for metric in brief.metrics},
        troubles=source_lines(brief.troubles),
        shown=SHOWN,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
