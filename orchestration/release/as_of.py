"""The published tables as they were known at an instant, under their own names.

This module parses instants and makes views that replace the tables of a release. How a table was at an instant is
defined by the release's own macros (`daily_prices_as_of` …) and its version tables.

The views live in a database in memory that carries the name readers know (`crypto_market`), in front of the release,
which is attached as `release`: a query means the tables as they were known, `release.marts.…` the tables as they are.
"""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

RELEASE = "release"
"""The name of the published file beside the views."""
INSTANT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?")

TABLES = """
select tables.table_name,
    exists (
        from duckdb_functions() as functions where functions.database_name = $release
        and functions.function_name = replace(tables.table_name, 'fct_', '') || '_as_of'
    ) as has_macro,
    case
        when 'observed_at' in keys.constraint_column_names then 'observed_at'
        when exists (
            from duckdb_columns() as columns where columns.database_name = $release
            and columns.table_name = tables.table_name and columns.column_name = 'last_changed_at'
        ) then 'last_changed_at'
    end as stamp
from duckdb_tables() as tables
join duckdb_constraints() as keys using (database_name, schema_name, table_name)
where tables.database_name = $release and tables.schema_name = 'marts' and keys.constraint_type = 'PRIMARY KEY'
order by tables.table_name
"""


class UnknownInstant(Exception):
    """Text that is no instant; the message is a sentence with a next step."""


def instant(text: str) -> datetime:
    """A naive UTC instant from `2025-06-11` (its first instant), `2025-06-11 06:00` or `2025-06-11T06:00:00+02:00`.

    Without an offset the time is UTC. Raises `UnknownInstant` for anything else.
    """
    try:
        if INSTANT.fullmatch(text.strip()):
            parsed = datetime.fromisoformat(text.strip())
            return parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed
    except ValueError:
        pass
    raise UnknownInstant(f"--as-of can't parse {text!r}: write 2025-06-11 or 2025-06-11T06:00:00 (UTC)")


def shadow(connection: "duckdb.DuckDBPyConnection", known_at: datetime, catalog: str) -> None:
    """Puts a view in `catalog` (a database in memory) in front of every table of the attached release.

    A table with an as-of macro becomes its result; one that keeps every version loses those observed later,
    and one that keeps the last change of a row loses rows changed later. Reference tables (`dim_…`) have no history and
    stay as they are. Any other table raises an error, because its present content would be taken for that of the
    instant.
    """
    literal = f"timestamp '{known_at}'"
    tables = connection.execute(TABLES, {"release": RELEASE}).fetchall()
    kept = [name for name, has_macro, stamp in tables if has_macro or stamp]
    connection.execute(f"create schema {catalog}.marts")
    connection.execute(f"set search_path = '{catalog}.marts,{RELEASE}.marts,{RELEASE}.main'")
    for name, has_macro, stamp in tables:
        table = f"from {RELEASE}.marts.{name}"
        if has_macro:
            body = f"from {RELEASE}.main.{name.removeprefix('fct_')}_as_of({literal})"
        elif stamp:
            body = f"{table} where {stamp} <= {literal}"
        elif name.startswith("dim_"):
            body = table
        else:
            body = f"{table} where error('{_not_kept(name, kept)}')"
        connection.execute(f"create view {catalog}.marts.{name} as {body}")


def first_observation(connection: "duckdb.DuckDBPyConnection") -> datetime | None:
    """The naive UTC instant at which the release's first figure was observed; None where it has none."""
    tables = connection.execute(TABLES, {"release": RELEASE}).fetchall()
    instants = " union all ".join(
        f"select min({stamp}) as seen_at from {RELEASE}.marts.{name}" for name, _, stamp in tables if stamp
    )
    row = connection.execute(f"select min(seen_at) from ({instants})").fetchone() if instants else None
    return row[0] if row else None


def _not_kept(name: str, kept: list[str]) -> str:
    return f"{name} is not kept by instant: query it without --as-of. Kept are {', '.join(kept)}."
