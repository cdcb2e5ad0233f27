"""Dagster's event log, with connections that stay open during a run.

Dagster opens, syncs and closes an SQLite file for each of the about 1,700 events of a run, which took a third of its
time. The files, their tables and their readers are Dagster's own; only how they are written is changed here. What a run
plans to make, 650 events at its start, is written at once.
"""

import os
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

import sqlalchemy
from dagster import AssetCheckEvaluation, AssetKey, EventLogEntry, EventLogRecord, StringSource
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, EVENT_TYPE_TO_PIPELINE_RUN_STATUS
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable as CHECKS
from dagster._core.storage.event_log.schema import AssetKeyTable
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable as EVENTS
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData, deserialize_value
from sqlalchemy import Connection, Engine, bindparam
from sqlalchemy.dialects.sqlite import Insert, insert

SECONDS_BETWEEN_CHECKPOINTS = 1.0
MOST_OPEN_FILES = 8
"""Every run has its own file, and the UI reads many: the least recently used is closed."""
INSERT_EVENT = EVENTS.insert()
INSERT_EVENT_FOR_ID = INSERT_EVENT.returning(EVENTS.c.id, sort_by_parameter_order=True)
INSERT_CHECK = CHECKS.insert()
UPDATE_CHECK = CHECKS.update().where(
    CHECKS.c.asset_key == bindparam("of_asset_key"),
    CHECKS.c.check_name == bindparam("of_check_name"),
    CHECKS.c.run_id == bindparam("of_run_id"),
    CHECKS.c.partition.is_(None),
)
WRITE_AHEAD = "pragma journal_mode = wal; pragma synchronous = normal"
MIRRORED = ASSET_EVENTS | ASSET_CHECK_EVENTS | EVENT_TYPE_TO_PIPELINE_RUN_STATUS.keys()
"""The events that Dagster also stores in the file `index`, for queries across runs."""
PLANNED, SUCCEEDED, FAILED = (
    AssetCheckExecutionRecordStatus.PLANNED,
    AssetCheckExecutionRecordStatus.SUCCEEDED,
    AssetCheckExecutionRecordStatus.FAILED,
)
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
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of one run, as Dagster does one by one, in one transaction per file."""
        if any(map(_is_rare, events)):
            for event in events:
                super().store_event(event)
        else:
            self._store(events)
        # The UI watches a run's file, and an open connection writes beside it until a checkpoint.
        is_turning_point = any(event.dagster_event_type in EVENT_TYPE_TO_PIPELINE_RUN_STATUS for event in events)
        if is_turning_point or monotonic() - self._checkpoint_at > SECONDS_BETWEEN_CHECKPOINTS:
            with self.run_connection(events[0].run_id) as connection:
                connection.exec_driver_sql("pragma wal_checkpoint(passive)")
            self._checkpoint_at = monotonic()

    def _store(self, events: Sequence[EventLogEntry]) -> None:
        """By statements that are made once: Dagster makes each anew, which takes longer than to execute it."""
        rows = [self._event_to_row(event) for event in events]
        with self.run_connection(events[0].run_id) as connection:
            connection.execute(INSERT_EVENT, rows)
        mirrored = [stored for stored in zip(events, rows, strict=True) if stored[0].dagster_event_type in MIRRORED]
        if not mirrored:
            return
        with self.index_connection() as connection:
            ids = connection.scalars(INSERT_EVENT_FOR_ID, [row for _, row in mirrored]).all()
            for (event, row), event_id in zip(mirrored, ids, strict=True):
                if event.dagster_event_type in ASSET_EVENTS:
                    self._store_asset_event_tags(connection, [event], [event_id])
                    self._store_asset_event(connection, event, event_id)
                elif event.dagster_event_type in ASSET_CHECK_EVENTS:
                    _store_check(connection, event, row, event_id)

    def _store_asset_event(self, conn: Connection, event: EventLogEntry, event_id: int) -> None:
        # Dagster tries to insert, and updates after the error.
        key = event.get_dagster_event().asset_key
        newer = self._get_asset_entry_values(event, event_id, self._has_asset_key_index_cols_on_connection(conn))
        if key and newer:
            conn.execute(_upsert(tuple(newer)), {"asset_key": key.to_string(), **newer})

    def _get_latest_materialization_records(
        self, raw_asset_rows: Iterable[Mapping[str, Any]]
    ) -> Mapping[AssetKey, EventLogRecord | None]:
        # Dagster also queries the log for what is not in these rows, even where everything is.
        rows = list(raw_asset_rows)
        if any(row["last_materialization"] is None or row["asset_details"] is not None for row in rows):
            return super()._get_latest_materialization_records(rows)
        records = {row["asset_key"]: deserialize_value(row["last_materialization"], EventLogRecord) for row in rows}
        return {AssetKey.from_db_string(key): record for key, record in records.items()}

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
        # Dagster sets it after it has made the tables, one sync after the other.
        sqlalchemy.event.listen(engine, "connect", lambda connection, _: connection.executescript(WRITE_AHEAD))
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


def _is_rare(event: EventLogEntry) -> bool:
    """Whether Dagster stores it by itself: events of no run, and of checks of partitions."""
    data = event.dagster_event.event_specific_data if event.dagster_event else None
    if isinstance(data, AssetCheckEvaluationPlanned):
        return data.partitions_subset is not None
    return not event.run_id or (isinstance(data, AssetCheckEvaluation) and data.partition is not None)


@cache
def _upsert(columns: tuple[str, ...]) -> Insert:
    """The statement that writes these columns into the row of an asset, which may be there."""
    made = insert(AssetKeyTable)
    return made.on_conflict_do_update(["asset_key"], set_={name: made.excluded[name] for name in columns})


def _store_check(connection: Connection, event: EventLogEntry, row: Mapping[str, Any], event_id: int) -> None:
    """Note that a check is planned, or its result, which takes the place of the plan; `row` is the stored event."""
    data = event.get_dagster_event().event_specific_data
    assert isinstance(data, AssetCheckEvaluationPlanned | AssetCheckEvaluation)
    key = {"asset_key": data.asset_key.to_string(), "check_name": data.check_name, "run_id": event.run_id}
    values = {
        "execution_status": PLANNED.value,
        "evaluation_event": row["event"],
        "evaluation_event_timestamp": row["timestamp"],
        "evaluation_event_storage_id": event_id,
    }
    if isinstance(data, AssetCheckEvaluation):
        target = data.target_materialization_data
        values["execution_status"] = (SUCCEEDED if data.passed else FAILED).value
        values["materialization_event_storage_id"] = target.storage_id if target else None
        planned = {f"of_{name}": value for name, value in key.items()}
        if connection.execute(UPDATE_CHECK, planned | values).rowcount:
            return
    connection.execute(INSERT_CHECK, key | values)
