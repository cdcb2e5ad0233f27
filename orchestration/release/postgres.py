"""The published marts as tables of a Postgres schema, for tools that speak Postgres.

One transaction replaces the earlier copy. The new tables are filled in a schema of their own and replace the old ones
at the end: readers see the old copy until the commit, and a copy that fails keeps it. Roles that may read the old
tables may read the new ones. A table that no earlier copy made is never replaced. `postgres_tables` copies a single
table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from pydantic import SecretStr

from orchestration.release.open import PublishedFile, open_file
from orchestration.release.postgres_tables import CopyFailed, Cursor, copy_table

if TYPE_CHECKING:
    import duckdb

DEFAULT_SCHEMA = "crypto_market"
LEDGER = "copied_tables"
"""The table in the schema that lists the copied tables; only these are replaced."""

REASONS = {
    "refused": "the connection was refused",
    "password authentication failed": "the user or the password is wrong",
    "no password supplied": "it requires a password",
    "does not exist": "there is no such user or database",
    "translate host name": "the host's name is unknown",
    "timeout": "there was no response within ten seconds",
}
"""Parts of libpq's connection errors, and our reasons. Its messages may quote the URL, so they are not shown."""
MARTS = "select table_name, comment from duckdb_tables() where schema_name = 'marts' order by table_name"
EXISTING = (
    "select relname from pg_class where relnamespace = to_regnamespace(%s) and relkind in ('r', 'p', 'v', 'm', 'f')"
)
READERS = """
select relname, case when grantee = 0 then 'public' else pg_get_userbyid(grantee) end, grantee = 0
from pg_class, aclexplode(relacl)
where relnamespace = to_regnamespace(%s) and privilege_type = 'SELECT' and grantee <> relowner
"""


@dataclass(frozen=True)
class CopiedTable:
    """A mart and its rows in Postgres."""

    name: str
    row_count: int


def copy_to_postgres(file: PublishedFile, url: SecretStr, schema: str = DEFAULT_SCHEMA) -> tuple[CopiedTable, ...]:
    """Make the mart tables in `schema` of the database at `url` a copy of the published file. Raises CopyFailed."""
    source = open_file(file)
    try:
        with _connect(url) as connection, connection.cursor() as cursor:
            return _copy(source, cursor, schema, file.version)
    except psycopg.Error as error:
        raise CopyFailed(f"Postgres rejected the copy and keeps the earlier one: {_first_line(error)}") from None
    finally:
        source.close()


def _connect(url: SecretStr) -> psycopg.Connection[tuple[Any, ...]]:
    try:
        return psycopg.connect(url.get_secret_value(), connect_timeout=10)
    except psycopg.ProgrammingError:
        raise CopyFailed(
            "WAREHOUSE_POSTGRES_URL can't be read: write postgresql://user:password@host:port/database, "
            "with %40 for an @ in the password"
        ) from None
    except psycopg.OperationalError as error:
        reason = next((reason for words, reason in REASONS.items() if words in str(error)), type(error).__name__)
        raise CopyFailed(f"the database of WAREHOUSE_POSTGRES_URL can't be reached: {reason}") from None


def _copy(source: "duckdb.DuckDBPyConnection", cursor: Cursor, schema: str, version: str) -> tuple[CopiedTable, ...]:
    """The transaction is the caller's: it commits when this returns."""
    beside = f"{schema}__incoming"
    marts = source.execute(MARTS).fetchall()
    cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"crypto market warehouse {schema}"])
    cursor.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
    old = _of_the_earlier_copy(cursor, schema, [*(mart for mart, _ in marts), LEDGER])
    cursor.execute(sql.SQL("create schema {}").format(sql.Identifier(beside)))
    copied = tuple(
        CopiedTable(mart, copy_table(source, cursor, sql.Identifier(beside, mart), mart, comment))
        for mart, comment in marts
    )
    _write_ledger(cursor, sql.Identifier(beside, LEDGER), copied, version)
    _swap(cursor, schema, beside, old, [*(table.name for table in copied), LEDGER])
    cursor.execute(sql.SQL("drop schema {}").format(sql.Identifier(beside)))
    return copied


def _of_the_earlier_copy(cursor: Cursor, schema: str, names: Sequence[str]) -> list[str]:
    """The tables of the earlier copy, with its ledger. Raises CopyFailed when one of `names` is not a copied table."""
    existing = {str(name) for (name,) in cursor.execute(EXISTING, [sql.Identifier(schema).as_string(cursor)])}
    ours: set[str] = set()
    if LEDGER in existing:
        listed = cursor.execute(sql.SQL("select table_name from {}").format(sql.Identifier(schema, LEDGER)))
        ours = {LEDGER, *(str(name) for (name,) in listed)} & existing
    if strangers := sorted((set(names) & existing) - ours):
        raise CopyFailed(
            f"{schema}.{strangers[0]} was not made by an earlier copy, so it is not replaced: choose another --schema"
        )
    return sorted(ours)


def _write_ledger(cursor: Cursor, table: sql.Identifier, copied: Sequence[CopiedTable], version: str) -> None:
    columns = sql.SQL(
        "table_name text primary key, row_count bigint not null, release_version text not null, "
        "copied_at timestamp with time zone not null default now()"
    )
    cursor.execute(sql.SQL("create table {} ({})").format(table, columns))
    comment = (
        "One row per table of this copy of the crypto market warehouse: its rows, the release, when it was copied."
    )
    cursor.execute(sql.SQL("comment on table {} is {}").format(table, sql.Literal(comment)))
    insert = sql.SQL("insert into {} (table_name, row_count, release_version) values (%s, %s, %s)").format(table)
    cursor.executemany(insert, [(entry.name, entry.row_count, version) for entry in copied])


def _swap(cursor: Cursor, schema: str, beside: str, old: Sequence[str], new: Sequence[str]) -> None:
    """Replace the old tables by the new ones, with their read rights. Readers wait from here to the commit."""
    readers = cursor.execute(READERS, [sql.Identifier(schema).as_string(cursor)]).fetchall()
    try:
        for name in old:
            cursor.execute(sql.SQL("drop table {}").format(sql.Identifier(schema, name)))
    except psycopg.errors.DependentObjectsStillExist as error:
        raise CopyFailed(
            f"nothing was changed: {error.diag.message_detail or _first_line(error)}. "
            "Drop what depends on the copy, or copy into another --schema"
        ) from None
    for name in new:
        move = sql.SQL("alter table {} set schema {}")
        cursor.execute(move.format(sql.Identifier(beside, name), sql.Identifier(schema)))
    for name, role, is_public in readers:
        if name in new:
            grantee = sql.SQL("public") if is_public else sql.Identifier(role)
            cursor.execute(sql.SQL("grant select on {} to {}").format(sql.Identifier(schema, name), grantee))


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0]
