"""dbt's target `lake`: a build reads the raw tables of one snapshot, whatever is loaded meanwhile.

dbt-duckdb calls `Plugin.configure_connection` once per database it opens, which is private to the build: its seeds,
staging and intermediate relations are there, and `raw` is views on the lake. So builds of several machines need no
turns, and no credential stands in `profiles.yml`.
"""

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from orchestration.lake.attach import NAME, attach
from orchestration.lake.settings import Lake
from orchestration.settings import Settings, SettingsError


class Plugin(BasePlugin):  # type: ignore[misc]
    """Attaches the lake, read-only at `WAREHOUSE_LAKE_SNAPSHOT`, or as it is now, to dbt's own database."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        settings = Settings.load()
        lake = settings.lake
        if lake is None:
            raise SettingsError("WAREHOUSE_LAKE is not set: the target `lake` needs it")
        snapshot = settings.environment.get("WAREHOUSE_LAKE_SNAPSHOT", "").strip()
        attach(conn, lake, snapshot=int(snapshot) if snapshot else None)
        if master := settings.environment.get("WAREHOUSE_SPARK", "").strip():
            _hand_over(conn, lake, int(snapshot) if snapshot else None, master)
        conn.execute("create schema if not exists raw")
        tables = conn.execute(
            "select table_name from duckdb_tables() where database_name = ? and schema_name = 'raw'", [NAME]
        ).fetchall()
        for (table,) in tables:
            conn.execute(f"create or replace view raw.{table} as from {NAME}.raw.{table}")


def _hand_over(connection: DuckDBPyConnection, lake: Lake, snapshot: int | None, master: str) -> None:
    """Give dbt's DuckDB the function by which models go to Spark."""
    from orchestration.lake.spark.hand_over import FUNCTION, HandOver

    hand_over = HandOver(connection, lake, snapshot, master)
    connection.create_function(FUNCTION, hand_over.make, ["varchar"] * 3, "varchar", side_effects=True)
