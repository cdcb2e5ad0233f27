"""A connection to the lake that waits where its servers are away, instead of failing the run."""

from time import monotonic, sleep
from typing import Any

import duckdb

from orchestration.lake.turns import PATIENCE_SECONDS, is_transient


class Rows:
    """The result of a statement, fetched already: until the last row is, DuckDB's own may fail still."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop(0) if self._rows else None


class PatientConnection:
    """A DuckDB connection whose statements outside of transactions are tried again after an outage, for some minutes.

    Inside of one a failure ends the transaction, and `orchestration.lake.turns.in_turn` starts that again.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._connection = connection
        self._patience_seconds = patience_seconds
        self._is_in_transaction = False

    def execute(self, query: str, parameters: object = None) -> Rows:
        """As DuckDB's own; the rows are fetched."""
        if query == "begin":
            self._is_in_transaction = True
        elif query in ("commit", "rollback"):
            self._is_in_transaction = False
            return Rows(self._connection.execute(query).fetchall())
        until = monotonic() + self._patience_seconds
        while True:
            try:
                return Rows(self._connection.execute(query, parameters).fetchall())
            except duckdb.Error as error:
                if self._is_in_transaction or monotonic() > until or not is_transient(error):
                    raise
                sleep(0.5)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)
