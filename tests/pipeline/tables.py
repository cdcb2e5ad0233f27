"""All that a home holds in tables, and what of it is not as it was."""

from pathlib import Path

import duckdb


def changed(before: dict[str, list[tuple[object, ...]]], home: Path) -> dict[str, list[str]]:
    """Per table that is not as it was a few rows that came or went."""
    after = content(home)
    assert after.keys() == before.keys()
    return {
        table: list(set(map(str, rows)) ^ set(map(str, after[table])))[:5]
        for table, rows in before.items()
        if rows != after[table]
    }


def content(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every raw table and of every published mart, but not the ledger of answers.

    It grows where the first run of a month asks for all of a history that is rewritten, and the next one for its end.
    """
    content: dict[str, list[tuple[object, ...]]] = {}
    for file in (home / "warehouse.duckdb", (home / "published" / "crypto_market.duckdb").resolve()):
        with duckdb.connect(str(file), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('raw', 'marts')"
            ).fetchall()
            for (table,) in tables:
                if table != "raw.responses":
                    content[table] = connection.execute(f"select * from {table} order by all").fetchall()
    return content
