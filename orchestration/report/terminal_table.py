"""Rows on a terminal: as many columns as fit, and no wrapped lines."""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.report.query_result import TEXT_WIDTH, QueryResult, readable

GAP = 2
MAX_ROWS = 200
"""Rows a terminal shows; files and pipes get all of them."""


def terminal_table(result: QueryResult, console: Console) -> RenderableType:
    """The result as a table that fits the console; what was left out is counted below it."""
    shown = QueryResult(result.columns, result.rows[:MAX_ROWS] if console.is_terminal else result.rows)
    cells, right = readable(shown)
    if len(shown.rows) == 1 and _natural_width(result.columns, cells) > console.width:
        return _upright(result.columns, cells[0])
    kept = _fitting(result.columns, cells, console.width) if console.is_terminal else range(len(result.columns))
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold", show_edge=False)
    limit = TEXT_WIDTH if console.is_terminal else None
    for i in kept:
        table.add_column(
            Text(result.columns[i]),
            justify="right" if right[i] else "left",
            no_wrap=True,
            overflow="ellipsis",
            max_width=limit,
            min_width=None if console.is_terminal else _column_width(result.columns[i], cells, i),
        )
    for row in cells:
        table.add_row(*(Text(row[i].replace("\n", " ")) for i in kept))
    return Group(table, Text(_remark(result, len(cells), len(kept)), style="dim"))


def _remark(result: QueryResult, rows: int, columns: int) -> str:
    total = len(result.rows)
    counted = f"{total:,} row{'' if total == 1 else 's'}"
    left_out = []
    if rows < total:
        left_out.append(f"the first {rows:,} are shown")
    if columns < len(result.columns):
        left_out.append(f"{columns} of {len(result.columns)} columns fit")
    return counted + (f": {', '.join(left_out)}; --format csv gives all" if left_out else "")


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
