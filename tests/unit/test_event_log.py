"""The event log that stays open is Dagster's own on disk, whole for whoever else reads it."""

import sqlite3
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.event_log import OpenEventLog
from orchestration.run import DAGSTER_CONFIG, dagster_instance
from orchestration.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({"WAREHOUSE_HOME": str(tmp_path / "data")})


@dg.multi_asset(specs=[dg.AssetSpec(f"table_{number}") for number in range(20)])
def tables() -> object:
    for number in range(20):
        yield dg.MaterializeResult(f"table_{number}", metadata={"dagster/row_count": number})


JOB = dg.Definitions(assets=[tables], jobs=[dg.define_asset_job("all_tables")]).resolve_job_def("all_tables")


def test_dagster_reads_what_was_written_while_it_is_still_open(settings: Settings) -> None:
    with dagster_instance(settings) as instance:
        assert isinstance(instance.event_log_storage, OpenEventLog)
        run = JOB.execute_in_process(instance=instance)
        folder = settings.dagster_home.resolve() / "history" / "runs"
        elsewhere = SqliteEventLogStorage(str(folder))
        told = [entry.dagster_event_type for entry in elsewhere.get_logs_for_run(run.run_id)]
        assert told.count(dg.DagsterEventType.ASSET_MATERIALIZATION) == 20
        assert told == [entry.dagster_event_type for entry in instance.all_logs(run.run_id)]
        # The UI watches this file alone: what ended a run is in it, not only beside it.
        with sqlite3.connect(f"file:{folder / run.run_id}.db?immutable=1", uri=True) as alone:
            (ended,) = alone.execute(
                "select count(*) from event_logs where dagster_event_type = 'PIPELINE_SUCCESS'"
            ).fetchone()
        assert ended == 1
    assert not list(folder.glob("*-wal")), "closed with its run"


def test_a_home_with_a_configuration_of_its_own_keeps_it(settings: Settings) -> None:
    settings.dagster_home.mkdir(parents=True)
    own = DAGSTER_CONFIG.partition("event_log_storage")[0]
    (settings.dagster_home / "dagster.yaml").write_text(own)
    with dagster_instance(settings) as instance:
        assert not isinstance(instance.event_log_storage, OpenEventLog)
    assert (settings.dagster_home / "dagster.yaml").read_text() == own
