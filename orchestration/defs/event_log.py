"""Dagster's event log, with connections that stay open during a run.

Dagster opens, syncs and closes an SQLite file for each of the about 1,700 events of a run, which took a third of its
time. The files, their tables and their readers are Dagster's own; only how they are written is changed here. What a run
plans to make, 650 events at its start, is written at once.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import sqlalchemy
from dagster import EventLogEntry, StringSource
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.events import EVENT_TYPE_TO_PIPELINE_RUN_STATUS, AssetMaterializationPlannedData
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetKeyTable
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable as EVENTS
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.sqlite import insert

SECONDS_BETWEEN_CHECKPOINTS = 1.0
MOST_OPEN_FILES = 8
"""Every run has its own file, and the UI reads many: the least recently used is closed."""
# Dagster reads it for each event: as many as that are handed over together, where it has them together.
os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")


class OpenEventLog(SqliteEventLogStorage):
    """An SQLite event log that keeps one connection to each file in use. `dispose` closes them."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._checkpoint_at = monotonic()
        self._known_tables: set[str] = set()
        self._known_columns: set[str] = set()
        self._known_indexes: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> Any:
        """`home` is Dagster's: the files are where Dagster would have them."""
        return {"home": StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "OpenEventLog":
        return cls(str(Path(config_value["home"]) / "history" / "runs"), inst_data)

    def store_event(self, event: EventLogEntry) -> None:
        super().store_event(event)
        # The UI watches a run's file, and an open connection writes beside it until a checkpoint.
        is_turning_point = event.is_dagster_event and event.dagster_event_type in EVENT_TYPE_TO_PIPELINE_RUN_STATUS
        if is_turning_point or monotonic() - self._checkpoint_at > SECONDS_BETWEEN_CHECKPOINTS:
            with self.run_connection(event.run_id) as connection:
                connection.exec_driver_sql("pragma wal_checkpoint(passive)")
            self._checkpoint_at = monotonic()

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of one run: what it plans by one statement per table, and anything else one by one."""
        if not all(_is_planned_whole(event) for event in events):
            super().store_event_batch(events)
            return
        rows = [self._event_to_row(event) for event in events]
        with self.run_connection(events[0].run_id) as connection:
            connection.execute(EVENTS.insert(), rows)
        with self.index_connection() as connection:
            returned = EVENTS.insert().returning(EVENTS.c.id, sort_by_parameter_order=True)
            ids = connection.scalars(returned, rows).all()
            assets = [_planned_asset(row) for row in rows if row["asset_key"]]
            checks = [
                _planned_check(*stored) for stored in zip(events, rows, ids, strict=True) if not stored[1]["asset_key"]
            ]
            if assets:
                upsert = insert(AssetKeyTable)
                newer = {name: upsert.excluded[name] for name in assets[0] if name != "asset_key"}
                connection.execute(upsert.on_conflict_do_update(["asset_key"], set_=newer), assets)
            if checks:
                connection.execute(AssetCheckExecutionsTable.insert(), checks)

    def has_table(self, table_name: str) -> bool:
        # Dagster opens the file and looks for each of the events; a table that exists stays.
        if table_name not in self._known_tables and super().has_table(table_name):
            self._known_tables.add(table_name)
        return table_name in self._known_tables

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        # The same for the columns of the table of assets …
        if column_name not in self._known_columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._known_columns.add(column_name)
        return column_name in self._known_columns

    def has_asset_key_col(self, column_name: str) -> bool:
        return column_name in self._known_columns or super().has_asset_key_col(column_name)

    def has_secondary_index(self, name: str) -> bool:
        # … and for indexes that are complete.
        if name not in self._known_indexes and super().has_secondary_index(name):
            self._known_indexes.add(name)
        return name in self._known_indexes

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        # One thread at a time, so that no connection is closed while it is used.
        with self._db_lock:
            if shard not in self._engines:
                self._engines[shard] = self._open(shard)
            self._engines.move_to_end(shard)
            self._close_all_but(MOST_OPEN_FILES)
            with self._engines[shard].begin() as connection:
                yield connection

    def _open(self, shard: str) -> Engine:
        timeout = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
        engine = sqlalchemy.create_engine(self.conn_string_for_shard(shard), pool_size=1, connect_args=timeout)
        # A write-ahead log survives a kill without a sync per event; after a power cut the last events may be missing.
        sqlalchemy.event.listen(
            engine, "connect", lambda connection, _: connection.execute("pragma synchronous = normal")
        )
        self._initdb(engine)
        return engine

    def _close_all_but(self, count: int) -> None:
        while len(self._engines) > count:
            _, engine = self._engines.popitem(last=False)
            engine.dispose()

    def wipe(self) -> None:
        # It deletes the files: an open connection would write into a deleted one.
        for known in (self._known_tables, self._known_columns, self._known_indexes):
            known.clear()
        with self._db_lock:
            self._close_all_but(0)
        super().wipe()

    def dispose(self) -> None:
        super().dispose()
        with self._db_lock:
            self._close_all_but(0)


def _is_planned_whole(event: EventLogEntry) -> bool:
    """Whether it says that a run will make an asset, or evaluate a check, without partitions."""
    planned = event.dagster_event.event_specific_data if event.dagster_event else None
    if isinstance(planned, AssetMaterializationPlannedData | AssetCheckEvaluationPlanned):
        return planned.partitions_subset is None
    return False


def _planned_asset(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the table of assets has after the planned materialization in `row`."""
    return {
        "asset_key": row["asset_key"],
        "last_run_id": row["run_id"],
        "last_materialization_timestamp": row["timestamp"],
    }


def _planned_check(event: EventLogEntry, row: Mapping[str, Any], event_id: int) -> dict[str, Any]:
    """What the table of checks has after the planned evaluation in `event`, stored as `row`."""
    planned = event.get_dagster_event().asset_check_planned_data
    return {
        "asset_key": planned.asset_key.to_string(),
        "check_name": planned.check_name,
        "run_id": row["run_id"],
        "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
        "evaluation_event": row["event"],
        "evaluation_event_timestamp": row["timestamp"],
        "evaluation_event_storage_id": event_id,
    }
