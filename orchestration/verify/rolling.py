"""The rolling 24 hours of a release as of an instant: of hours and snapshots, which are kept, they are made anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orchestration.release.as_of import RELEASE
from orchestration.verify.models_sql import ROLLING, rolling_model

if TYPE_CHECKING:
    import duckdb


@contextmanager
def rolling_as_known(connection: "duckdb.DuckDBPyConnection") -> Iterator[None]:
    """While the context lasts, `fct_rolling_24h` is there as it was known; without an instant, as released."""
    is_as_of = connection.execute("select 1 from duckdb_databases() where database_name = ?", [RELEASE]).fetchone()
    if is_as_of:
        connection.execute(f"create or replace temporary table {ROLLING} as {rolling_model()}")
    try:
        yield
    finally:
        if is_as_of:
            connection.execute(f"drop table if exists temp.main.{ROLLING}")
