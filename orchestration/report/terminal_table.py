"""Rows on a terminal: texts wrap, figures stay whole and are rounded for people, and what does not fit is counted.

A result that is too wide and has few rows becomes a list of its columns, row by row. Files and pipes get every row and
every column, in lines that are as long as that takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from orchestration.report.query_result import QueryResult, is_number
from orchestration.report.readable_figures import is_rounded, kinds_of_rows, readable_column
from orchestration.report.terminal import Terminal
from orchestration.report.wrapping import longest_piece, longest_word, wrapped

GAP = 2
MAX_ROWS = 200
"""Rows a terminal shows; files and pipes get all of them."""
UPRIGHT_ROWS = 8
"""So many rows that don't fit become a list; of more the first columns are shown."""
LONGEST_WORD = 32
"""A longer word, such as an address, may break."""
WIDE_TEXT = 60
"""Width of a text in a pipe that is too narrow for the figures alone."""


@dataclass(frozen=True)
class Column:
    """A column as text. `natural` is its width on one line, `words` the one at which every word is whole.

    Below that, names break behind their underscores, down to a width of `least`.
    """

    name: str
    cells: Sequence[str]
    is_figure: bool
    is_rounded: bool
    natural: int
    words: int
    least: int


def terminal_table(result: QueryResult, terminal: Terminal) -> str:
    """The result as text of the terminal's width, with a line below it that counts the rows."""
    rows = result.rows[:MAX_ROWS] if terminal.is_interactive else result.rows
    columns = [_column(result, rows, i) for i in range(len(result.columns))][1 if result.title else 0 :]
    widths = _widths(columns, terminal.width)
    is_wide = widths is None or sum(widths) < sum(column.natural for column in columns)
    if (len(rows) == 1 and is_wide) or (widths is None and terminal.is_interactive and len(rows) <= UPRIGHT_ROWS):
        return _upright(columns, len(rows), terminal) + _remark(result, rows, columns, 0, terminal)
    kept = columns
    if widths is None:
        kept = _fitting(columns, terminal.width) if terminal.is_interactive else columns
        widths = _widths(kept, terminal.width) or [max(one.words, min(one.natural, WIDE_TEXT)) for one in kept]
    title = "".join(f"{terminal.styled(line, 'bold')}\n" for line in wrapped(result.title, terminal.width))
    return (
        (f"{title}\n" if result.title else "")
        + _painted(kept, widths, len(rows), terminal)
        + _remark(result, rows, kept, len(columns) - len(kept), terminal)
    )


def _column(result: QueryResult, rows: Sequence[tuple[Any, ...]], i: int) -> Column:
    name = result.columns[i]
    values = [row[i] for row in rows]
    cells = readable_column(values, kinds_of_rows(result.columns, rows, i))
    is_figure = any(is_number(value) for value in values)
    # Dates and truth values are as whole as figures.
    is_text = any(isinstance(value, str | list | dict) for value in values)
    different = set(cells)
    whole = max([longest_piece(name), *(0 if is_text else len(cell) for cell in different)])
    words = min(LONGEST_WORD, max(map(longest_word, different), default=0))
    pieces = min(LONGEST_WORD, max(map(longest_piece, different), default=0))
    return Column(
        name,
        cells,
        is_figure,
        is_rounded=any(is_rounded(value, cell) for value, cell in zip(values, cells, strict=True)),
        natural=max([len(name), *(max(map(len, cell.splitlines()), default=0) for cell in different)]),
        words=max(whole, words),
        least=max(whole, pieces),
    )


def _widths(columns: Sequence[Column], width: int) -> list[int] | None:
    """A width for each column that together fill the terminal at most; None where there is too little room.

    The widest columns give way first.
    """
    free = width - GAP * (len(columns) - 1)
    lower = [column.words for column in columns]
    if sum(lower) > free:
        lower = [column.least for column in columns]
    if sum(lower) > free:
        return None

    def limited(limit: int) -> list[int]:
        return [min(column.natural, max(least, limit)) for column, least in zip(columns, lower, strict=True)]

    limit = max((column.natural for column in columns), default=0)
    while sum(limited(limit)) > free:
        limit -= 1
    return limited(limit)


def _fitting(columns: Sequence[Column], width: int) -> list[Column]:
    """The first columns that fit the width with whole words, at least one."""
    kept: list[Column] = []
    used = 0
    for column in columns:
        used += column.words + GAP
        if kept and used - GAP > width:
            break
        kept.append(column)
    return kept


def _painted(columns: Sequence[Column], widths: Sequence[int], rows: int, terminal: Terminal) -> str:
    heads = [wrapped(column.name, width) for column, width in zip(columns, widths, strict=True)]
    # Names of one line stand directly above their figures.
    tallest = max(map(len, heads), default=1)
    heads = [[""] * (tallest - len(lines)) + lines for lines in heads]
    lines = [terminal.styled(line, "bold") for line in _row(columns, widths, heads)]
    for i in range(rows):
        cells = [wrapped(column.cells[i], width) for column, width in zip(columns, widths, strict=True)]
        lines += _row(columns, widths, cells)
    return "\n".join(lines) + "\n"


def _row(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[Sequence[str]]) -> list[str]:
    """The lines of one row; a cell with fewer lines than its neighbours is blank below."""
    gap = " " * GAP
    return [
        gap.join(
            _padded(text, width, column.is_figure) for column, width, text in zip(columns, widths, line, strict=True)
        ).rstrip()
        for line in zip_longest(*cells, fillvalue="")
    ]


def _padded(text: str, width: int, to_the_right: bool) -> str:
    if not text.isascii():
        from rich.cells import cell_len

        width -= cell_len(text) - len(text)
    return text.rjust(width) if to_the_right else text.ljust(width)


def _upright(columns: Sequence[Column], rows: int, terminal: Terminal) -> str:
    """The columns below each other, because a row is wider than the terminal: rows side by side, or one by one."""
    names = max((len(column.name) for column in columns), default=0)
    widths = [max((len(column.cells[i]) for column in columns), default=0) for i in range(rows)]
    is_flat = not any("\n" in cell for column in columns for cell in column.cells)
    if is_flat and names + sum(width + GAP for width in widths) <= terminal.width:
        return "".join(
            f"{terminal.styled(column.name.ljust(names), 'bold')}"
            + "".join(" " * GAP + _padded(column.cells[i], widths[i], False) for i in range(rows)).rstrip()
            + "\n"
            for column in columns
        )
    indent = min(max((len(column.name) for column in columns), default=0), terminal.width // 2) + GAP
    blocks = []
    for i in range(rows):
        lines = []
        for column in columns:
            first, *more = wrapped(column.cells[i], terminal.width - indent)
            name = terminal.styled(column.name.ljust(indent - GAP), "bold") + " " * GAP
            lines += [f"{name}{first}".rstrip(), *(" " * indent + line for line in more)]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _remark(
    result: QueryResult, rows: Sequence[tuple[Any, ...]], kept: Sequence[Column], left_out: int, terminal: Terminal
) -> str:
    total = len(result.rows)
    notes = []
    if len(rows) < total:
        notes.append(f"the first {len(rows):,} are shown")
    if left_out:
        notes.append(f"{len(kept)} of {len(kept) + left_out} columns fit")
    if any(column.is_rounded for column in kept):
        notes.append("figures are rounded")
    text = f"{total:,} row{'' if total == 1 else 's'}"
    if notes:
        text += f": {', '.join(notes)}; --format csv has everything"
    return "".join(terminal.styled(line, "dim") + "\n" for line in wrapped(text, terminal.width))
