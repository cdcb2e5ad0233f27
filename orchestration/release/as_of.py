"""The published tables as of an instant, under their own names.

Belongs here: how an instant is written, and the views in front of the tables of a release. Not here: what a table held
at an instant, which the release's own macros (`daily_prices_as_of` …) and its version tables know.

The views live in a database in memory that carries the name readers know (`crypto_market`), in front of the release,
which is attached as `release`: a query means the tables as of the instant, `release.marts.…` the tables as they are.
"""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

RELEASE = "release"
"""The name of the published file beside the views."""
INSTANT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?")

SCHEMAS = """
select schema_name from duckdb_schemas()
where database_name = $release and schema_name in ('marts', 'seeds', 'main') order by schema_name desc
"""
"""The schemas that the release's macros read; a release of an earlier version has no seeds."""
TABLES = r"""
select tables.table_name,
    exists (
        from duckdb_functions() as functions where functions.database_name = $release
        and functions.function_name = regexp_replace(tables.table_name, '^fct_', '') || '_as_of'
    ) as has_macro,
    coalesce('observed_at' in keys.constraint_column_names, false)
    or tables.table_name like 'fct\_%' escape '\' and exists (
        from duckdb_columns() as columns where columns.database_name = $release
        and columns.table_name = tables.table_name and columns.column_name = 'observed_at'
    ) as has_instants
from duckdb_tables() as tables
left join duckdb_constraints() as keys
    on
        tables.database_name = keys.database_name and tables.schema_name = keys.schema_name
        and tables.table_name = keys.table_name and keys.constraint_type = 'PRIMARY KEY'
where tables.database_name = $release and tables.schema_name = 'marts'
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
    except (ValueError, OverflowError):
        pass
    raise UnknownInstant(f"--as-of can't parse {text!r}: write 2025-06-11 or 2025-06-11T06:00:00 (UTC)")


def shadow(connection: "duckdb.DuckDBPyConnection", at_instant: datetime, catalog: str) -> None:
    """Puts a view in `catalog` (a database in memory) in front of every table of the attached release.

    A table with an as-of macro becomes the result of the macro; another table of facts or versions with `observed_at`
    loses the rows observed later. Dimensions (`dim_…`) have no history and stay as they are. A query on any other table
    fails, because its present content would be mistaken for that of the instant.
    """
    literal = f"timestamp '{at_instant}'"
    tables = connection.execute(TABLES, {"release": RELEASE}).fetchall()
    kept = [name for name, has_macro, has_instants in tables if has_macro or has_instants]
    connection.execute(f"create schema {catalog}.marts")
    schemas = connection.execute(SCHEMAS, {"release": RELEASE}).fetchall()
    path = [f"{catalog}.marts", *(f"{RELEASE}.{schema}" for (schema,) in schemas)]
    connection.execute(f"set search_path = '{','.join(path)}'")
    for name, has_macro, has_instants in tables:
        table = f"from {RELEASE}.marts.{name}"
        if has_macro:
            body = f"from {RELEASE}.main.{name.removeprefix('fct_')}_as_of({literal})"
        elif has_instants:
            body = f"{table} where observed_at <= {literal}"
        elif name.startswith("dim_"):
            body = table
        else:
            body = f"{table} where error('{_not_kept(name, kept)}')"
        connection.execute(f"create view {catalog}.marts.{name} as {body}")


def first_observation(connection: "duckdb.DuckDBPyConnection") -> datetime | None:
    """The naive UTC instant at which the release's first figure was observed; None where it has none."""
    tables = connection.execute(TABLES, {"release": RELEASE}).fetchall()
    instants = " union all ".join(
        f"select min(observed_at) as seen_at from {RELEASE}.marts.{name}"
        for name, _, has_instants in tables
        if has_instants
    )
    row = connection.execute(f"select min(seen_at) from ({instants})").fetchone() if instants else None
    return row[0] if row else None


def _not_kept(name: str, kept: list[str]) -> str:
    return f"{name} is not kept by instant: query it without --as-of. Kept are {', '.join(kept)}."
