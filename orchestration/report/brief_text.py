"""The brief as text: plain for a terminal, Markdown for whoever renders it (the Dagster UI, a ticket, a chat).

Belongs here: headings, lists, tables, and how much of a list is shown. Not here: what is in the brief (`brief`).
"""

import re
import textwrap
from collections import Counter
from collections.abc import Sequence

from orchestration.report.brief import Brief, SourceIssue, Statement
from orchestration.report.brief_tables import Grid
from orchestration.report.brief_tiles import Tile
from orchestration.report.wording import instant_text, long_day_text

SHOWN = 8
"""Rows of a list that a text shows; the page and the tables have all of them."""
ASSETS_IN_SENTENCES = 3
"""The market and the two assets after it; the table has the others, and the page the sentences of all."""
WIDTH = 80
GAP = 2
INDENT = "  "
BLOCKS = "▁▂▃▄▅▆▇█"
NOTHING = "nothing"
TABLES = {"Records of the day": "rpt_records", "Restated since yesterday": "rpt_restatements", "Missing": "rpt_gaps"}


def plain(brief: Brief, width: int = WIDTH, *, blocks: bool = True) -> str:
    """The brief for a terminal of `width` columns: lines are wrapped, and tables drop the columns that do not fit.

    `blocks` False leaves out what a terminal without Unicode can't show.
    """
    width = max(width, 40)
    lines = [f"Market brief: {long_day_text(brief.day)} (UTC)", *_wrapped(_known(brief), width), ""]
    lines += [line for sentence in brief.headline for line in _wrapped(sentence, width, hanging=False)]
    if brief.tiles:
        lines += ["", "Key figures", *_tile_lines(brief.tiles, width, blocks=blocks)]
    for grid in brief.grids:
        lines += ["", grid.title, *_grid_lines(grid, width), *_wrapped(grid.note, width, INDENT)]
    for asset, rows in list(brief.assets.items())[:ASSETS_IN_SENTENCES]:
        lines += ["", _asset_title(asset), *(line for row in rows for line in _wrapped(row.sentence, width, INDENT))]
    for title, entries in _lists(brief).items():
        lines += ["", title, *(line for entry in entries for line in _wrapped(entry, width, INDENT))]
    if brief.providers:
        lines += ["", *_wrapped(f"Figures of {', '.join(provider.title for provider in brief.providers)}.", width)]
    return "\n".join(lines)


def markdown(brief: Brief) -> str:
    """The same with headings, bullets and tables. Text of providers and users is escaped."""
    lines = [f"# Market brief: {long_day_text(brief.day)} (UTC)", "", f"*{_escaped(_known(brief))}*"]
    lines += [line for sentence in brief.headline for line in ("", f"**{_escaped(sentence)}**")]
    spans = list(dict.fromkeys(span for tile in brief.tiles for span, _ in tile.changes))
    lines += ["", "## Key figures", "", *_markdown_rows(["figure", "value", *spans, "of"], 1)]
    for tile in brief.tiles:
        changes = dict(tile.changes)
        lines.append(_markdown_row([tile.title, tile.value, *(changes.get(span, "") for span in spans), tile.detail]))
    for grid in brief.grids:
        lines += ["", f"## {_escaped(grid.title)}", "", *_markdown_rows(grid.head, grid.left)]
        lines += [*map(_markdown_row, grid.rows), "", _escaped(grid.note)]
    for asset, rows in list(brief.assets.items())[:ASSETS_IN_SENTENCES]:
        lines += ["", f"## {_asset_title(asset)}", "", *(f"- {_escaped(row.sentence)}" for row in rows)]
    for title, entries in _lists(brief).items():
        lines += ["", f"## {title}", "", *(f"- {_escaped(entry)}" for entry in entries)]
    named = (f"[{provider.title}]({provider.url})" if provider.url else provider.title for provider in brief.providers)
    lines += ["", f"Figures of {', '.join(named)}."] if brief.providers else []
    return "\n".join(lines) + "\n"


def trouble_text(trouble: SourceIssue) -> str:
    """'failed: no key: set X_API_KEY (coinglass liquidations_1d; attempted 12 May 2025 06:00 UTC)'."""
    reason = f": {trouble.reason}" if trouble.reason else ""
    return f"{trouble.outcome}{reason} ({trouble.datasets}; attempted {instant_text(trouble.attempted_at)})"


def source_lines(troubles: Sequence[SourceIssue]) -> list[str]:
    """A line per dataset that failed; those that were not requested at all, as they are not set up, are counted."""
    lines = [trouble_text(trouble) for trouble in troubles if trouble.outcome not in ("skipped", "complete")]
    skipped = sum(trouble.datasets.count(", ") + 1 for trouble in troubles if trouble.outcome == "skipped")
    if skipped:
        lines.append(f"{skipped} datasets were not requested: `warehouse sources` lists what they need")
    return lines


def claims_line(brief: Brief) -> str:
    """'37 claims: 23 confirmed, 7 refuted, 7 undecidable'."""
    counts = Counter(claim.verdict for claim in brief.claims)
    verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("confirmed", "refuted", "undecidable"))
    return f"{len(brief.claims)} claims: {verdicts} (`warehouse claims`)"


def sparkline(values: Sequence[float | None]) -> str:
    """The values as blocks of eight heights, a gap for a day without one; empty for fewer than three figures."""
    known = [value for value in values if value is not None]
    if len(known) < 3:
        return ""
    low, span = min(known), (max(known) - min(known)) or 1.0
    return "".join(
        " " if value is None else BLOCKS[min(int((value - low) / span * len(BLOCKS)), len(BLOCKS) - 1)]
        for value in values
    )


def _known(brief: Brief) -> str:
    release = f"; release {brief.version}" if brief.version else ""
    return f"As known on {instant_text(brief.known_at)}{release}"


def _asset_title(asset: str) -> str:
    return "The whole market" if asset == "ALL" else asset


def _lists(brief: Brief) -> dict[str, list[str]]:
    """The lists below the tables, each with what it leaves out; an empty one is named as such."""
    restated = _shown("Restated since yesterday", brief.restatements)
    if brief.last_restatements:
        restated += [f"last before that: {row.sentence}" for row in brief.last_restatements]
    left_out = len(brief.missing) - SHOWN
    missing = [*brief.missing[:SHOWN], *_more("Missing", left_out), *source_lines(brief.troubles)]
    changed = [f"{claim.text}: {claim.verdict}, was {claim.was}" for claim in brief.changed_claims]
    return {
        "Records of the day": _shown("Records of the day", brief.records),
        "Restated since yesterday": restated,
        "Missing": missing or [NOTHING],
        "Claims that changed": [*(changed or [NOTHING]), claims_line(brief)],
    }


def _shown(title: str, rows: Sequence[Statement]) -> list[str]:
    lines = [row.sentence for row in rows[:SHOWN]]
    return [*lines, *_more(title, len(rows) - SHOWN)] or [NOTHING]


def _more(title: str, count: int) -> list[str]:
    return [f'… and {count} more: warehouse sql "from {TABLES[title]}"'] if count > 0 else []


def _wrapped(text: str, width: int, indent: str = "", *, hanging: bool = True) -> list[str]:
    below = indent + (INDENT if hanging and indent else "")
    return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=below, break_on_hyphens=False)


def _tile_lines(tiles: Sequence[Tile], width: int, *, blocks: bool) -> list[str]:
    """A line per tile: title, value, changes; then what it is and the days before it, where they fit."""
    spans = list(dict.fromkeys(span for tile in tiles for span, _ in tile.changes))
    rows = [[tile.title, tile.value, *(dict(tile.changes).get(span, "") for span in spans)] for tile in tiles]
    for row, tile in zip(rows, tiles, strict=True):
        row += [sparkline(tile.spark)] if blocks else []
        row.append(tile.detail)
    head = ["", "", *spans, *(["the days before"] if blocks else []), ""]
    words = {0, len(head) - 1} | ({len(head) - 2} if blocks else set())
    return _table(head, rows, words, width)


def _grid_lines(grid: Grid, width: int) -> list[str]:
    return _table(grid.head, grid.rows, set(range(grid.left)), width)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], words: set[int], width: int) -> list[str]:
    """The first columns that fit, words to the left and figures to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    kept, used = 0, len(INDENT) - GAP
    while kept < len(widths) and (used + GAP + widths[kept] <= width or kept == 0):
        used += GAP + widths[kept]
        kept += 1
    lines = []
    for row in (head, *rows):
        cells = (cell.ljust(widths[i]) if i in words else cell.rjust(widths[i]) for i, cell in enumerate(row[:kept]))
        lines.append(f"{INDENT}{(' ' * GAP).join(cells)}".rstrip())
    return lines


def _markdown_rows(head: Sequence[str], left: int) -> list[str]:
    """The head of a table, and the line that aligns its figures to the right."""
    lines = ["---" if i < left or head[i] == "of" else "---:" for i in range(len(head))]
    return [_markdown_row(head), f"| {' | '.join(lines)} |"]


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no line end."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", " ".join(text.split()))
