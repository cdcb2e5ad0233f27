"""Reading the published copy for a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.report.query_result import QueryResult

if TYPE_CHECKING:
    import duckdb


@contextmanager
def published() -> "Iterator[duckdb.DuckDBPyConnection]":
    """The newest release. Raises NothingPublished, which ends the command with a sentence."""
    from orchestration.release.open import newest_file, reading
    from orchestration.settings import Settings

    with reading(newest_file(Settings.load().published)) as connection:
        yield connection


def rows_of(connection: "duckdb.DuckDBPyConnection", query: str, *values: object) -> QueryResult:
    """The rows of a query with these values for its question marks."""
    result = connection.execute(query, values)
    columns = [column[0] for column in result.description or []]
    return QueryResult(columns, result.fetchall())


def published_version(folder: Path) -> str | None:
    """The version that readers see, from the name of its folder; None before the first release."""
    try:
        return (folder / "current").readlink().name
    except OSError:
        return None
