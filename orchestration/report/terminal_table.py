"""Rows on a terminal: as many columns as fit, never a torn line.

Belongs here: fitting a table of any width to a screen. Not here: what the rows say.
"""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.report.query_result import TEXT_WIDTH, QueryResult, readable

GAP = 2
MAX_ROWS = 200
"""Rows a terminal shows; files and pipes get all of them."""


def terminal_table(answer: QueryResult, console: Console) -> RenderableType:
    """The answer as a table that fits the console; what it left out is said below it."""
    shown = QueryResult(answer.columns, answer.rows[:MAX_ROWS] if console.is_terminal else answer.rows)
    cells, right = readable(shown)
    if len(shown.rows) == 1 and _natural_width(answer.columns, cells) > console.width:
        return _upright(answer.columns, cells[0])
    kept = _fitting(answer.columns, cells, console.width) if console.is_terminal else range(len(answer.columns))
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold", show_edge=False)
    limit = TEXT_WIDTH if console.is_terminal else None
    for i in kept:
        table.add_column(
            Text(answer.columns[i]),
            justify="right" if right[i] else "left",
            no_wrap=True,
            overflow="ellipsis",
            max_width=limit,
            min_width=None if console.is_terminal else _column_width(answer.columns[i], cells, i),
        )
    for row in cells:
        table.add_row(*(Text(row[i].replace("\n", " ")) for i in kept))
    return Group(table, Text(_remark(answer, len(cells), len(kept)), style="dim"))


def _remark(answer: QueryResult, rows: int, columns: int) -> str:
    total = len(answer.rows)
    said = f"{total:,} row{'' if total == 1 else 's'}"
    left_out = []
    if rows < total:
        left_out.append(f"the first {rows:,} are shown")
    if columns < len(answer.columns):
        left_out.append(f"{columns} of {len(answer.columns)} columns fit")
    return said + (f": {', '.join(left_out)}; --format csv gives all" if left_out else "")


def _upright(columns: Sequence[str], row: Sequence[str]) -> RenderableType:
    """One wide row reads best as a list of its columns."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, GAP, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, cell in zip(columns, row, strict=True):
        table.add_row(Text(name), Text(cell))
    return Group(table, Text("1 row", style="dim"))


def _column_width(name: str, cells: Sequence[Sequence[str]], i: int) -> int:
    return max([len(name), *(len(row[i]) for row in cells)])


def _natural_width(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> int:
    return sum(_column_width(name, cells, i) + GAP for i, name in enumerate(columns))


def _fitting(columns: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """The first columns that fit the width, at least one; a column never gets narrower than its figures."""
    kept: list[int] = []
    used = 0
    for i, name in enumerate(columns):
        used += min(_column_width(name, cells, i), TEXT_WIDTH) + GAP
        if kept and used - GAP > width:
            break
        kept.append(i)
    return kept
