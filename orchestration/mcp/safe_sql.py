"""One SELECT on the published tables, with limits on rows, time and memory.

The connection can't write, read or list files, attach, load extensions, reach the network or change a setting: external
access is off and the configuration locked, as for `warehouse sql`. Beyond that only SELECT statements run, memory is
bounded, nothing spills to disk, and a query that takes too long is interrupted. What DuckDB can't interrupt is ended by
`sql_process`, which runs a client's queries.
"""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isfinite
from threading import Timer
from typing import TYPE_CHECKING, Any

from orchestration.release.open import PublishedFile, open_file

if TYPE_CHECKING:
    import duckdb

MOST_ROWS = 500
MOST_SECONDS = 20.0
MOST_CHARACTERS = 2_000
"""Of one value; a longer one is cut, with a mark."""
MEMORY = "1GB"
OF_THE_MACHINE = re.compile(
    r"\b(?:duckdb_(?:settings|extensions|secrets|databases|logs|temporary_files)|current_setting|which_secret)\s*\(",
    re.IGNORECASE,
)
"""Functions that show the machine's folders and settings rather than published figures."""
NO_REACH = "a query can't reach files, extensions, the network or settings: it reads the published tables alone"


class QueryRefused(Exception):
    """A query that is not run or not finished; the message says why and what to write."""


@dataclass(frozen=True)
class Rows:
    """The result: names and plain values. `is_cut` where there are more than `MOST_ROWS` rows."""

    columns: list[str]
    rows: list[list[Any]]
    is_cut: bool


@contextmanager
def bounded(file: PublishedFile, as_of: datetime | None = None) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A locked connection with bounded memory and no disk."""
    with closing(open_file(file, locked=False, as_of=as_of)) as connection:
        connection.execute(f"set memory_limit = '{MEMORY}'")
        connection.execute("set max_temp_directory_size = '0B'")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection


def select(connection: "duckdb.DuckDBPyConnection", query: str, seconds: float = MOST_SECONDS) -> Rows:
    """The first rows of one SELECT. Raises QueryRefused."""
    import duckdb

    try:
        statements = connection.extract_statements(query)
    except duckdb.Error as error:
        raise QueryRefused(_sentence(error)) from None
    if len(statements) != 1:
        raise QueryRefused(f"these are {len(statements)} statements: send one SELECT at a time")
    # DuckDB counts some pragmas as SELECT; they show files and settings.
    is_pragma = re.match(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:pragma|call)\b", query, re.IGNORECASE | re.DOTALL) is not None
    if statements[0].type != duckdb.StatementType.SELECT or is_pragma:
        raise QueryRefused("only SELECT statements run here: the published copy is read-only")
    if OF_THE_MACHINE.search(query):
        raise QueryRefused(NO_REACH)
    timer = Timer(seconds, connection.interrupt)
    timer.start()
    try:
        result = connection.execute(statements[0])
        found = result.fetchmany(MOST_ROWS + 1)
        columns = [column[0] for column in result.description or []]
    except duckdb.InterruptException:
        raise QueryRefused(took_too_long(seconds)) from None
    except duckdb.OutOfMemoryException:
        raise QueryRefused(f"the query needs more than {MEMORY} of memory: select fewer rows or columns") from None
    except duckdb.Error as error:
        raise QueryRefused(_sentence(error)) from None
    finally:
        timer.cancel()
    rows = [[plain(value) for value in row] for row in found[:MOST_ROWS]]
    return Rows(columns, rows, len(found) > MOST_ROWS)


def took_too_long(seconds: float) -> str:
    """The message about a query that reached the time limit."""
    return f"the query took more than {seconds:g} seconds and was ended: filter by metric, asset and trade_date"


def mentioned(query: str, tables: dict[str, str]) -> dict[str, str]:
    """Of the tables with their descriptions those that a query names."""
    words = set(re.findall(r"\w+", query.lower()))
    return {table: description for table, description in tables.items() if table in words}


def plain(value: Any) -> Any:
    """A value as JSON has it: ISO 8601 for dates and instants, null for NaN and infinities, text for the rest."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, list | tuple):
        return [plain(one) for one in value[:MOST_ROWS]]
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]} … (cut, {len(text):,} characters)"


def _sentence(error: "duckdb.Error") -> str:
    import duckdb

    text = str(error).strip()
    if isinstance(error, duckdb.PermissionException) or "configuration has been locked" in text:
        return NO_REACH
    if "is not kept by instant" in text:
        return text.partition(": ")[2]
    return text.partition("\n\nLINE")[0]
