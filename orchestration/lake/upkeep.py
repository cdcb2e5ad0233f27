"""Making a lake, compacting it, and what it holds."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from orchestration.file_errors import FileUnusable
from orchestration.lake.attach import NAME, SCHEMA, newest_snapshot, open_lake
from orchestration.lake.leases import TABLES, Leases
from orchestration.lake.objects import Objects
from orchestration.lake.settings import Lake
from orchestration.raw.working_file import connect, prepare
from orchestration.sources.shared.registry import datasets

KEPT_DAYS = 7
"""Files that a compaction replaced, or that a killed writer left, are deleted after this many days: a build may still
read them."""


@dataclass(frozen=True)
class LakeTable:
    """One raw table of a lake. `mean_file_bytes` is small where `warehouse lake compact` would help."""

    name: str
    row_count: int
    file_count: int
    bytes: int
    delete_file_count: int

    @property
    def mean_file_bytes(self) -> int | None:
        return self.bytes // self.file_count if self.file_count else None


@dataclass(frozen=True)
class Lease:
    """Who works on what, and until when at least (UTC)."""

    name: str
    holder: str
    taken_at: datetime
    expires_at: datetime


def init(lake: Lake) -> int:
    """Make the lake, its leases and its raw tables; what exists stays. Returns the newest snapshot.

    Raises FileUnusable where PostgreSQL or the files can't be used.
    """
    leases = Leases(lake, patience_seconds=5)
    leases.execute(TABLES)
    ((language,),) = leases.execute("select current_setting('lc_messages')")
    if not (language in ("", "C", "POSIX") or language.lower().startswith(("c.", "en"))):
        raise FileUnusable(
            f"PostgreSQL's messages are in {language}, and conflicts between writers are recognised in English only: "
            f"run `alter role {lake.catalogue.user} set lc_messages = 'C'` as its administrator, and try again"
        )
    # Before any table: a key that may not write is reported here, not in the middle of a run.
    Objects(lake, "landing").put(".made", b"")
    with leases.held(["raw.*"]):
        open_lake(lake, create=True).close()
    with connect(lake) as connection:
        prepare(connection, datasets())
        return newest_snapshot(connection)


def compact(lake: Lake) -> tuple[int, int]:
    """Merge small files. Returns how many files the raw tables had, and have.

    Every snapshot stays readable, and so does every release's. Raises WarehouseBusy while another compaction runs.
    """
    with connect(lake) as connection, Leases(lake).held(["compaction"], wait=False):
        before = _file_count(connection)
        connection.execute(f"call ducklake_flush_inlined_data('{NAME}')")
        connection.execute(f"call ducklake_merge_adjacent_files('{NAME}')")
        for call in ("cleanup_old_files", "delete_orphaned_files"):
            older = f"older_than => now() - interval {KEPT_DAYS} day"
            connection.execute(f"call ducklake_{call}('{NAME}', {older})")
        return before, _file_count(connection)


def _file_count(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute(f"select sum(file_count)::bigint from ducklake_table_info('{NAME}')").fetchone()
    return int(row[0] or 0) if row else 0


def tables(connection: duckdb.DuckDBPyConnection) -> list[LakeTable]:
    """The raw tables with rows, by name."""
    infos = connection.execute(
        "select table_name, file_count, file_size_bytes, delete_file_count "
        f"from ducklake_table_info('{NAME}') order by table_name"
    ).fetchall()
    found = []
    for name, files, size, deletes in infos:
        row = connection.execute(f"select count(*) from raw.{name}").fetchone()
        found.append(LakeTable(name, row[0] if row else 0, files, size or 0, deletes or 0))
    return [table for table in found if table.row_count]


def leases_of(lake: Lake) -> list[Lease]:
    """The leases in force, the oldest first."""
    found = Leases(lake, patience_seconds=5).execute(
        "select name, holder, taken_at at time zone 'UTC', expires_at at time zone 'UTC' from warehouse.leases "
        "where expires_at > clock_timestamp() order by taken_at, name"
    )
    return [Lease(*row) for row in found]


__all__ = ["SCHEMA", "LakeTable", "Lease", "compact", "init", "leases_of", "tables"]
