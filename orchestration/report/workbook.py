"""A query's result as a workbook (.xlsx): one sheet, a row per row, figures as figures and dates as dates.

A cell holds a number to 15 digits, an instant to the millisecond, from 1900 on, without a time zone. A value that is
finer, longer or earlier is written as text with all its digits, so that none is changed; so are NaN, infinities, lists
and structs. Instants with a time zone are in UTC. Text is never taken for a formula or a link. Null is an empty cell.
"""

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.report.query_result import QueryResult, plain_text

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_575
"""Rows of a sheet, without the one of the headings."""
MOST_COLUMNS = 16_384
LONGEST_TEXT = 32_767
DIGITS = 15
FIRST_DAY = date(1900, 3, 1)
"""Excel's calendar has a 29 February 1900."""
WIDEST_COLUMN = 60


class DoesNotFit(Exception):
    """The result is larger than a sheet, or a text longer than a cell; the message names what holds it."""


def write_workbook(result: QueryResult, path: Path) -> None:
    """Write the result to `path`. Raises DoesNotFit before anything is written."""
    import xlsxwriter

    _check_size(result)
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("result")
        formats: dict[type, Format] = {date: book.add_format({"num_format": "yyyy-mm-dd"})}
        formats[datetime] = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        heading = book.add_format({"bold": True})
        for i, name in enumerate(result.columns):
            sheet.write_string(0, i, name, heading)
            sheet.set_column(i, i, _width(name, [row[i] for row in result.rows[:1_000]]))
        sheet.freeze_panes(1, 0)
        for n, row in enumerate(result.rows, start=1):
            for i, value in enumerate(row):
                _write(sheet, n, i, value, formats)


def _write(sheet: "Worksheet", row: int, column: int, value: Any, formats: "dict[type, Format]") -> None:
    cell = _cell(value)
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, int | float | Decimal):
        sheet.write_number(row, column, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, formats[type(cell)])
    else:
        sheet.write_string(row, column, cell)


def _cell(value: Any) -> bool | int | float | Decimal | date | str | None:
    """The value as a cell can hold it, or its text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else plain_text(value)
    if isinstance(value, int | Decimal):
        return value if _digits(Decimal(value)) <= DIGITS else plain_text(value)
    if isinstance(value, datetime):
        instant = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        is_exact = instant.microsecond % 1_000 == 0 and instant.date() >= FIRST_DAY
        return instant if is_exact else plain_text(instant)
    if isinstance(value, date):
        return value if value >= FIRST_DAY else plain_text(value)
    return plain_text(value)


def _digits(value: Decimal) -> float:
    return len(value.normalize().as_tuple().digits) if value.is_finite() else math.inf


def _check_size(result: QueryResult) -> None:
    rows, columns = len(result.rows), len(result.columns)
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise DoesNotFit(
            f"{rows:,} rows of {columns:,} columns do not fit a sheet of {MOST_ROWS:,} and {MOST_COLUMNS:,}: write a "
            ".parquet or .csv file, or select less"
        )
    for row in result.rows:
        for value in row:
            if isinstance(value, str | bytes | list | dict) and len(plain_text(value)) > LONGEST_TEXT:
                raise DoesNotFit(
                    f"a text of {len(plain_text(value)):,} characters does not fit a cell, which holds "
                    f"{LONGEST_TEXT:,}: write a .parquet or .csv file"
                )


def _width(name: str, values: list[Any]) -> int:
    return min(WIDEST_COLUMN, max([len(name), *(len(plain_text(value)) for value in values if value is not None)]) + 2)
