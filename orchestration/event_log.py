"""Dagster's event log, with connections that stay open for the time of a run.

Dagster opens, syncs and closes an SQLite file for each of the about 1,700 events of a run, which took a third of its
time. The files, their tables and their readers stay Dagster's own; only how they are written to is changed here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from dagster import EventLogEntry, StringSource
from dagster._core.events import EVENT_TYPE_TO_PIPELINE_RUN_STATUS
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

SECONDS_BETWEEN_CHECKPOINTS = 1.0


class OpenEventLog(SqliteEventLogStorage):
    """An SQLite event log that keeps one connection a file. `dispose` closes them."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._checkpoint_at = monotonic()
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

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engines.get(shard)
            if engine is None:
                engine = self._engines[shard] = self._open(shard)
            with engine.begin() as connection:
                yield connection

    def _open(self, shard: str) -> Engine:
        engine = create_engine(
            self.conn_string_for_shard(shard), pool_size=1, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
        )
        # A write-ahead log is whole after a kill without a sync per event; after a power cut the last events may lack.
        event.listen(engine, "connect", lambda connection, _: connection.execute("pragma synchronous = normal"))
        self._initdb(engine)
        return engine

    def dispose(self) -> None:
        super().dispose()
        while self._engines:
            self._engines.popitem()[1].dispose()
