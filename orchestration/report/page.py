"""The brief as one self-contained page: no request to another host, light and dark, readable on a phone and on paper.

Not here: its content (`brief`) and the charts in it (`pictures`). The look is in `templates/brief.html.j2`; Vega draws
the charts in the reader's browser. Vega is in the page itself, or beside it where many pages share it.
"""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from platformdirs import user_cache_path

from orchestration.report.brief import Brief
from orchestration.report.brief_text import claims_line, source_lines
from orchestration.report.wording import instant_text, long_day_text

if TYPE_CHECKING:
    from orchestration.report.pictures import Picture

SHOWN = 12
"""Rows of a list that stand open; the rest of it unfolds."""
SPARK_WIDTH, SPARK_HEIGHT = 120, 28
VEGA_FILE = "vega.js"
PALETTE = Path(__file__).with_name("palette.yaml")
"""The colours by their role, which the dashboards share."""


@dataclass(frozen=True)
class Surroundings:
    """Where a page stands in a site: the days before and after it. A page of its own has none."""

    previous: str | None = None
    following: str | None = None
    is_in_site: bool = False


def write_page(
    path: Path, brief: Brief, pictures: "Sequence[Picture]", surroundings: Surroundings | None = None
) -> None:
    """Write the page of a brief with its charts; folders that are missing are made."""
    surroundings = surroundings or Surroundings()
    page = (
        environment()
        .get_template("brief.html.j2")
        .render(
            brief=brief,
            pictures=pictures,
            day_text=long_day_text(brief.day),
            known_text=instant_text(brief.known_at),
            titles={metric.metric: metric.title for metric in brief.metrics},
            troubles=source_lines(brief.troubles),
            claims_line=claims_line(brief),
            spark=spark_path,
            spec=embedded_json,
            vega="" if surroundings.is_in_site or not pictures else vega(),
            vega_file=VEGA_FILE,
            around=surroundings,
            shown=SHOWN,
        )
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


@cache
def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("orchestration.report"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["palette"] = yaml.safe_load(PALETTE.read_text(encoding="utf-8"))
    return made


@cache
def vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that can stand in a page.

    It is made once per version of the package that holds them, which takes two seconds, and kept in the user's cache.
    """
    kept = user_cache_path("crypto-market-warehouse") / f"vega-{version('vl-convert-python')}.js"
    try:
        return kept.read_text(encoding="utf-8")
    except (OSError, ValueError):
        script = _vega()
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_name(f".{kept.name}.{os.getpid()}")
        unfinished.write_text(script, encoding="utf-8")
        os.replace(unfinished, kept)
    return script


def _vega() -> str:
    import vl_convert

    return (
        str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
        .replace("</script", "<\\/script")
        .replace("<!--", "<\\!--")
    )


def embedded_json(value: Any) -> str:
    """JSON that can stand in a script element whatever its texts hold."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def spark_path(values: Sequence[float | None]) -> str:
    """The values as an SVG path in a box of SPARK_WIDTH by SPARK_HEIGHT; a line goes on over missing days,
    as those of funds at weekends."""
    known = [value for value in values if value is not None]
    if len(known) < 3:
        return ""
    low, span = min(known), (max(known) - min(known)) or 1.0
    parts, is_drawing = [], False
    for place, value in enumerate(values):
        if value is None:
            continue
        x = place / (len(values) - 1) * SPARK_WIDTH
        y = SPARK_HEIGHT - 2 - (value - low) / span * (SPARK_HEIGHT - 4)
        parts.append(f"{'L' if is_drawing else 'M'}{x:.1f} {y:.1f}")
        is_drawing = True
    return "".join(parts)
