"""A query's result as text: a table for a terminal, CSV, JSON or Markdown.

Belongs here: how rows and values look. Not here: where the rows come from, and colours that carry a meaning.
CSV and JSON give figures as they are stored, Markdown groups their thousands; a terminal shows them rounded
(`readable_figures`).
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Format(StrEnum):
    """The formats of `warehouse sql --format`."""

    table = "table"
    csv = "csv"
    excel = "excel"
    json = "json"
    markdown = "markdown"


@dataclass(frozen=True)
class QueryResult:
    """Column names and rows as DuckDB gives them to Python.

    `title` is a text above the table on a terminal, where it stands for the first column.
    """

    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]
    title: str = ""


def to_csv(result: QueryResult, line_end: str = "\n") -> str:
    """RFC 4180 with a header; null is an empty field, instants are ISO 8601."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=line_end)
    writer.writerow(result.columns)
    writer.writerows([["" if value is None else _plain(value) for value in row] for row in result.rows])
    return out.getvalue()


def to_excel(result: QueryResult) -> str:
    """The same CSV as Excel opens it by a double click: with its line ends, and behind a byte order mark, without which
    it takes UTF-8 for the machine's own code page."""
    return "\ufeff" + to_csv(result, "\r\n")


def to_json(result: QueryResult) -> str:
    """A list of objects, one a row; decimals are JSON numbers with all their digits, dates and instants are ISO 8601.

    NaN and infinities, which JSON lacks, are null; what else it lacks is DuckDB's text. A column name that comes twice
    gets a number behind it, so that no value is lost.
    """
    names = [_quoted(name) for name in _distinct(result.columns)]
    rows = [
        ",\n".join(f"    {name}: {_json(value)}" for name, value in zip(names, row, strict=True)) for row in result.rows
    ]
    return "[\n" + ",\n".join(f"  {{\n{row}\n  }}" for row in rows) + "\n]\n" if rows else "[]\n"


def to_markdown(result: QueryResult) -> str:
    """A pipe table with figures aligned to the right; pipes and line ends in text are escaped."""
    cells, right = readable(result)
    lines = [
        "| " + " | ".join(_escaped(name) for name in result.columns) + " |",
        "|" + "|".join(" ---: " if is_right else " --- " for is_right in right) + "|",
    ]
    lines += ["| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in cells]
    return "\n".join(lines) + "\n"


def readable(result: QueryResult) -> tuple[list[list[str]], list[bool]]:
    """The rows as text for people, and per column whether it holds figures (aligned to the right)."""
    columns = [[row[i] for row in result.rows] for i in range(len(result.columns))]
    texts = [_column(values) for values in columns]
    right = [any(is_number(value) for value in values) for values in columns]
    return [list(row) for row in zip(*texts, strict=True)] if result.rows else [], right


def _json(value: Any) -> str:
    """A value on one line; floats stay shortest-exact."""
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(str(_plain(key)))}: {_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_json, value)) + "]"
    if isinstance(value, date | time):
        return _quoted(value.isoformat())
    return json.dumps(value) if value is None or isinstance(value, bool | int) else _quoted(str(_plain(value)))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _number(value: Decimal) -> str:
    """Every digit, without the zeros that its type puts behind them."""
    if not value.is_finite():
        return "null"
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def blob_text(value: bytes) -> str:
    """Bytes as DuckDB writes them: printable ASCII as it is, the others as `\\xAA`."""
    return "".join(chr(byte) if 32 <= byte < 127 and chr(byte) not in "\\'\"" else f"\\x{byte:02X}" for byte in value)


def _column(values: Iterable[Any]) -> list[str]:
    values = list(values)
    numbers = [value for value in values if is_number(value)]
    places = max((_places(value) for value in numbers), default=0)
    return [_cell(value, places) for value in values]


def _cell(value: Any, places: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10_000 else f"{value:,}"
    if isinstance(value, float | Decimal):
        return f"{value:,.{places}f}"
    return str(_plain(value))


def _places(value: Any) -> int:
    """Decimal places worth showing: those stored of a decimal, six significant digits of a float."""
    if isinstance(value, int):
        return 0
    if isinstance(value, float):
        if value - value != 0:
            return 0
        value = Decimal(f"{value:.6g}")
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def is_number(value: Any) -> bool:
    """Whether it is a figure; a truth value is none."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def plain_text(value: Any) -> str:
    """The text of a value that is no figure."""
    return str(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, dict | list | tuple):
        return _json(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return blob_text(value) if isinstance(value, bytes) else value


def _distinct(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return out


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\r\n", " ").replace("\n", " ")
