"""Writing to the lake in turn: one writer per table, and again when another machine or an outage got in between.

A file needs none of this: it has one writer. `orchestration.raw` calls `in_turn` around each transaction and `commit`
at its end; for a file they are a call and a commit.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

import duckdb

from orchestration.lake.settings import Lake

if TYPE_CHECKING:
    from orchestration.lake.leases import Held

T = TypeVar("T")
PATIENCE_SECONDS = 180.0
"""How long a transaction is tried again after conflicts and outages."""
TRANSIENT = (
    "conflict",
    "connect",
    "server closed",
    "terminating",
    "starting up",
    "accepting connections",
    "shutting down",
    "timeout",
    "timed out",
    "http 5",
    "503",
    "slowdown",
)
"""What a message contains after which the same transaction may succeed."""

NO_REASON = re.compile(r'failed to execute query "[^"]*":\s*$')
"""Without a reason from PostgreSQL there was no connection any more."""
REFUSED = re.compile(r"\(HTTP 4(?!08|29)\d\d")
"""S3 refuses for good: a wrong key, a file that is not there."""

_lakes: "WeakKeyDictionary[duckdb.DuckDBPyConnection, Lake]" = WeakKeyDictionary()
_held: "ContextVar[tuple[Held, ...]]" = ContextVar("held", default=())


def shared(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Note that `connection` writes to a lake, so that its writers take turns."""
    _lakes[connection] = lake


def is_shared(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether other machines may write beside this connection."""
    return connection in _lakes


def in_turn(connection: duckdb.DuckDBPyConnection, tables: Sequence[str], work: Callable[[], T]) -> T:
    """The result of `work`, which writes to these raw tables in transactions that end with `commit`.

    On a lake it holds their leases, and starts again, for some minutes, after a conflict or an outage: `work` reads
    again what is stored, so that nothing is stored twice.
    """
    lake = _lakes.get(connection)
    if lake is None:
        return work()
    # Their driver takes a while to import, and a file needs none.
    from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

    from orchestration.lake.leases import Leases, new_token

    leases, token = Leases(lake), new_token()
    attempts = Retrying(
        retry=retry_if_exception(is_transient),
        stop=stop_after_delay(PATIENCE_SECONDS),
        wait=wait_random_exponential(multiplier=0.2, max=10),
        reraise=True,
    )

    def attempt() -> T:
        # A transaction that an outage broke is open still.
        with suppress(duckdb.Error):
            connection.execute("rollback")
        with leases.held([f"raw.{table}" for table in tables], token=token) as held, _verified_at_commit(held):
            return work()

    return attempts(attempt)


def commit(connection: duckdb.DuckDBPyConnection) -> None:
    """Commit, on a lake only while this process holds the leases of its turn. Raises LeaseLost."""
    for held in _held.get():
        held.verify()
    connection.execute("commit")


def roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """Roll back; a transaction that a failed commit has ended already is no error."""
    with suppress(duckdb.TransactionException):
        connection.execute("rollback")


@contextmanager
def _verified_at_commit(held: "Held") -> Iterator[None]:
    token = _held.set((*_held.get(), held))
    try:
        yield
    finally:
        _held.reset(token)


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed a moment later: a conflict with another writer, or a server that is away."""
    from orchestration.lake.leases import LeaseLost

    if isinstance(error, LeaseLost):
        return True
    if isinstance(error, duckdb.HTTPException):
        return REFUSED.search(str(error)) is None
    kinds = (duckdb.TransactionException, duckdb.IOException, duckdb.ConnectionException)
    text = str(error).lower()
    return isinstance(error, kinds) and (
        any(words in text for words in TRANSIENT) or NO_REASON.search(text) is not None
    )
