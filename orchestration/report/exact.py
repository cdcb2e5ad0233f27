"""Values that Python's types can't hold, as DuckDB's text.

An interval of a month becomes 30 days on its way to Python, an infinite date the year 9999, a nanosecond nothing. Where
a result has such a value, the query runs once more, with the text of these columns added.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    from duckdb.sqltypes import DuckDBPyType

Rows = Sequence[tuple[Any, ...]]

INEXACT = frozenset({"INTERVAL", "TIMESTAMP_NS", "TIME_NS"})
"""Types of which some values lose something."""
BOUNDED = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP WITH TIME ZONE"})
"""Types whose infinities become the first or last instant that Python knows."""
NESTED = frozenset({"list", "array", "struct", "map", "union"})
BOUNDS = frozenset({date.min, date.max, datetime.min, datetime.max})
MICROSECOND_DIGITS = 6


def exact_rows(
    connection: "duckdb.DuckDBPyConnection", query: str, types: "Sequence[DuckDBPyType]", rows: Rows
) -> Rows:
    """The `rows` that the SELECT `query` returned in columns of `types`, with text where Python's value is another."""
    columns = [i for i, type_ in enumerate(types) if _needs_text(type_, [row[i] for row in rows])]
    if not columns:
        return rows
    names = ", ".join(f"c{i}" for i in range(len(types)))
    texts = ", ".join(f"cast(c{i} as {_text_type(types[i])})" for i in columns)
    stripped = query.strip().rstrip(";")
    both = connection.execute(f"select {names}, {texts} from (\n{stripped}\n) as result ({names})").fetchall()
    return [_merged(row[: len(types)], dict(zip(columns, row[len(types) :], strict=True))) for row in both]


def _merged(row: tuple[Any, ...], texts: dict[int, Any]) -> tuple[Any, ...]:
    return tuple(_exact(value, texts[i]) if i in texts else value for i, value in enumerate(row))


def _needs_text(type_: "DuckDBPyType", values: Sequence[Any]) -> bool:
    leaves = _leaves(type_)
    return bool(leaves & INEXACT) or (bool(leaves & BOUNDED) and any(map(_has_bound, values)))


def _leaves(type_: "DuckDBPyType") -> set[str]:
    """The names of the types that a nested type is made of."""
    if type_.id in NESTED:
        return {leaf for _, child in _children(type_) for leaf in _leaves(child)}
    return {str(type_)}


def _text_type(type_: "DuckDBPyType") -> str:
    """The type with text in the place of everything that is not nested."""
    if type_.id in ("list", "array"):
        ((_, child),) = _children(type_)
        size = str(type_).rpartition("[")[2]
        return f"{_text_type(child)}[{size}"
    if type_.id == "struct":
        fields = (f'"{name.replace(chr(34), chr(34) * 2)}" {_text_type(child)}' for name, child in _children(type_))
        return f"struct({', '.join(fields)})"
    if type_.id == "map":
        return f"map({', '.join(_text_type(child) for _, child in _children(type_))})"
    return "varchar"


def _children(type_: "DuckDBPyType") -> "list[tuple[str, DuckDBPyType]]":
    """Names and types; the size of an array is no child."""
    return [(name, child) for name, child in type_.children if not isinstance(child, int | list)]


def _has_bound(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_bound(item) for pair in value.items() for item in pair)
    if isinstance(value, list | tuple):
        return any(map(_has_bound, value))
    return _is_bound(value)


def _is_bound(value: Any) -> bool:
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    return isinstance(value, date) and value in BOUNDS


def _exact(value: Any, text: Any) -> Any:
    """The value, or its text where the two differ; `text` has the shape of `value`."""
    if isinstance(value, list | tuple):
        return [_exact(item, item_text) for item, item_text in zip(value, text, strict=True)]
    if isinstance(value, dict):
        pairs = zip(value.items(), text.items(), strict=True)
        return {_exact(key, key_text): _exact(item, item_text) for (key, item), (key_text, item_text) in pairs}
    if isinstance(value, timedelta) or _is_bound(value):
        return text
    is_finer = isinstance(value, datetime | time) and len(text.partition(".")[2]) > MICROSECOND_DIGITS
    return text if is_finer else value
