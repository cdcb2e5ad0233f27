"""The key of every published table.

A release states the keys in its table macro `primary_keys()`, because its large tables have no index for theirs: dbt
tests that they are unique. A file without the macro, of an earlier version, has an index for each.
"""

import duckdb

INDEXES = """
select table_name, constraint_column_names from duckdb_constraints()
where schema_name = 'marts' and constraint_type = 'PRIMARY KEY'
"""


def primary_keys(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """By table of schema marts the columns of its key, in the release that is open in `connection`."""
    try:
        stated = connection.execute("from primary_keys()").fetchall()
    except duckdb.CatalogException:  # Asking first whether there is the macro would list thousands of functions.
        stated = []
    return dict([*connection.execute(INDEXES).fetchall(), *stated])
