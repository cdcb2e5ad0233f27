"""All tables of a home, and the rows that differ from before."""

from pathlib import Path

import duckdb

LEDGER = "raw.responses"
"""The table of stored responses. A later run may add some: the first one of a month requests the whole of a history
that is rewritten, the next one its end."""


def changed(before: dict[str, list[tuple[object, ...]]], home: Path) -> dict[str, list[str]]:
    """Per table that is not as it was a few rows that came or went. Of the ledger, only what went."""
    after = content(home)
    assert after.keys() == before.keys()
    differing = {table: set(map(str, rows)) ^ set(map(str, after[table])) for table, rows in before.items()}
    differing[LEDGER] &= set(map(str, before[LEDGER]))
    of_another_length = {table for table in before if table != LEDGER and len(before[table]) != len(after[table])}
    return {table: list(rows)[:5] for table, rows in differing.items() if rows or table in of_another_length}


def content(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every raw table and of every published mart."""
    content: dict[str, list[tuple[object, ...]]] = {}
    for file in (home / "warehouse.duckdb", (home / "published" / "crypto_market.duckdb").resolve()):
        with duckdb.connect(str(file), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('raw', 'marts')"
            ).fetchall()
            for (table,) in tables:
                content[table] = connection.execute(f"select * from {table} order by all").fetchall()
    return content
