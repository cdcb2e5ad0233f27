"""Which errors of the lake's servers are tried again: what DuckDB says when one is away, and what it says for good."""

import duckdb
import pytest

from orchestration.lake.turns import is_transient

GONE = 'TransactionContext Error: Failed to commit: Failed to execute query "ROLLBACK": '
CLOSED = (
    'TransactionContext Error: Failed to commit: Failed to execute query "COMMIT": server closed the connection '
    "unexpectedly\n\tThis probably means the server terminated abnormally"
)
WRONG = 'IO Error: Failed to execute query "insert into t values (1)": ERROR:  relation "t" does not exist'


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (duckdb.TransactionException(GONE), True),
        (duckdb.TransactionException(CLOSED), True),
        (duckdb.TransactionException("Transaction conflict: cannot update a table that has been altered!"), True),
        (duckdb.IOException(WRONG), False),
        (duckdb.TransactionException("cannot commit - no transaction is active"), False),
        (duckdb.CatalogException(GONE), False),
    ],
    ids=["no reason is given", "closed", "a conflict", "a wrong statement", "no transaction", "another kind"],
)
def test_an_error_is_tried_again_where_a_server_is_away(error: duckdb.Error, expected: bool) -> None:
    assert is_transient(error) is expected
