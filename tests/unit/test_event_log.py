"""The event log that stays open is Dagster's own on disk, complete for every other reader."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.defs.event_log import MOST_OPEN_FILES, OpenEventLog
from orchestration.defs.instance import DAGSTER_CONFIG, dagster_instance
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
        reported = [entry.dagster_event_type for entry in elsewhere.get_logs_for_run(run.run_id)]
        assert reported.count(dg.DagsterEventType.ASSET_MATERIALIZATION) == 20
        assert reported == [entry.dagster_event_type for entry in instance.all_logs(run.run_id)]
        # The UI watches this file alone: what ended a run is in it, not only beside it.
        with sqlite3.connect(f"file:{folder / run.run_id}.db?immutable=1", uri=True) as alone:
            (ended,) = alone.execute(
                "select count(*) from event_logs where dagster_event_type = 'PIPELINE_SUCCESS'"
            ).fetchone()
        assert ended == 1
    assert not list(folder.glob("*-wal")), "closed with its run"


@dg.asset(check_specs=[dg.AssetCheckSpec("is_known", asset="checked"), dg.AssetCheckSpec("is_new", asset="checked")])
def checked(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    context.log_event(dg.AssetObservation("checked", metadata={"seen": 1}, tags={"of": "test"}))
    context.log.info("a sentence")
    results = [dg.AssetCheckResult(passed=name == "is_new", check_name=name) for name in ("is_known", "is_new")]
    return dg.MaterializeResult(check_results=results, metadata={"dagster/row_count": 1})


def stored(folder: Path, run_id: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a log, by table; what SQLite itself notes of the time is left out."""
    rows: dict[str, list[tuple[object, ...]]] = {}
    for file in (f"{run_id}.db", "index.db"):
        with closing(sqlite3.connect(folder / file)) as log:
            for table in ("event_logs", "asset_keys", "asset_event_tags", "asset_check_executions"):
                columns = [name for _, name, *_ in log.execute(f"pragma table_info({table})")]
                listed = ", ".join(f'"{name}"' for name in columns if name != "create_timestamp")
                rows[f"{file} {table}"] = log.execute(f"select {listed} from {table} order by id").fetchall()
    return rows


def test_dagster_hands_over_what_a_run_plans_together(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(OpenEventLog, "store_event_batch", lambda _, events: sizes.append(len(events)))
    with dagster_instance(settings) as instance:
        JOB.execute_in_process(instance=instance)
    assert sizes[0] == 20


def test_every_event_is_stored_as_dagster_stores_it(settings: Settings, tmp_path: Path) -> None:
    """In a second run of the same assets, too, when the table of assets holds them already."""
    job = dg.Definitions(assets=[tables, checked], jobs=[dg.define_asset_job("all")]).resolve_job_def("all")
    with dagster_instance(settings) as instance:
        runs = [job.execute_in_process(instance=instance).run_id for _ in range(2)]
        events = {run: instance.all_logs(run) for run in runs}
    theirs, ours = SqliteEventLogStorage(str(tmp_path / "theirs")), OpenEventLog(str(tmp_path / "ours"))
    for entries in events.values():
        planned = [entry for entry in entries if str(entry.dagster_event_type).endswith("PLANNED")]
        assert len(planned) == 23
        unplanned = [entry for entry in entries if entry not in planned]
        for entry in [*planned, *unplanned]:
            theirs.store_event(entry)
        ours.store_event_batch(planned)
        for entry in unplanned:
            ours.store_event(entry)
    keys = [dg.AssetKey("checked"), dg.AssetKey("table_1"), dg.AssetKey("unknown")]
    assert ours.get_asset_records(keys) == theirs.get_asset_records(keys)
    ours.dispose()
    for run_id in runs:
        assert stored(tmp_path / "ours", run_id) == stored(tmp_path / "theirs", run_id)


def test_results_that_no_run_planned_are_stored_as_dagster_stores_them(settings: Settings, tmp_path: Path) -> None:
    """Such as those that are reported in the UI, which belong to no run."""
    theirs, ours = SqliteEventLogStorage(str(tmp_path / "theirs")), OpenEventLog(str(tmp_path / "ours"))
    job = dg.Definitions(assets=[checked], jobs=[dg.define_asset_job("all")]).resolve_job_def("all")
    with dagster_instance(settings) as instance:
        run = job.execute_in_process(instance=instance)
        results = [entry for entry in instance.all_logs(run.run_id) if "EVALUATION" in str(entry.dagster_event_type)]
    evaluated = [entry for entry in results if not str(entry.dagster_event_type).endswith("PLANNED")]
    assert len(evaluated) == 2
    for log in (theirs, ours):
        for entry in evaluated:
            log.store_event(entry)
            log.store_event(entry._replace(run_id=""))
    ours.dispose()
    assert stored(tmp_path / "ours", run.run_id) == stored(tmp_path / "theirs", run.run_id)


def open_files(folder: Path) -> set[str]:
    """The files of `folder` that this process holds open."""
    held = (os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return {name for name in held if name.startswith(str(folder))}


def test_reading_many_runs_does_not_hold_their_files_open(settings: Settings) -> None:
    with dagster_instance(settings) as instance:
        runs = [JOB.execute_in_process(instance=instance).run_id for _ in range(3)]
        folder = settings.dagster_home.resolve() / "history" / "runs"
        for number in range(2 * MOST_OPEN_FILES):
            shutil.copy(folder / f"{runs[0]}.db", folder / f"earlier-{number}.db")
            instance.all_logs(f"earlier-{number}")
        databases = {name for name in open_files(folder) if name.endswith(".db")}
        assert 2 <= len(databases) <= MOST_OPEN_FILES
        assert {len(instance.all_logs(run)) for run in runs} == {len(instance.all_logs(runs[0]))}
        instance.wipe()
        assert instance.all_logs(runs[0]) == []
        again = JOB.execute_in_process(instance=instance)
        assert len(SqliteEventLogStorage(str(folder)).get_logs_for_run(again.run_id)) > 20
    assert not open_files(folder)


def test_a_home_with_a_configuration_of_its_own_keeps_it(settings: Settings) -> None:
    settings.dagster_home.mkdir(parents=True)
    own = DAGSTER_CONFIG.partition("event_log_storage")[0]
    (settings.dagster_home / "dagster.yaml").write_text(own)
    with dagster_instance(settings) as instance:
        assert not isinstance(instance.event_log_storage, OpenEventLog)
    assert (settings.dagster_home / "dagster.yaml").read_text() == own


def test_a_configuration_of_an_earlier_version_is_rewritten(settings: Settings) -> None:
    settings.dagster_home.mkdir(parents=True)
    earlier = DAGSTER_CONFIG.replace("orchestration.defs.event_log", "orchestration.event_log")
    (settings.dagster_home / "dagster.yaml").write_text(earlier)
    with dagster_instance(settings) as instance:
        assert isinstance(instance.event_log_storage, OpenEventLog)
    assert (settings.dagster_home / "dagster.yaml").read_text() == DAGSTER_CONFIG
