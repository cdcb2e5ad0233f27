"""The schedules: off until started, and at the right instant on both sides of a change of the clocks."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from orchestration.definitions import defs
from orchestration.defs.cadence import CADENCES

SCHEDULES = {
    schedule.name: schedule for schedule in defs.schedules or [] if isinstance(schedule, dg.ScheduleDefinition)
}
NEW_YORK = ZoneInfo("America/New_York")


def ticks(name: str, first: datetime, days: int) -> list[datetime]:
    """The UTC instants at which the schedule fires in `days` days from `first` on."""
    end = (first + timedelta(days=days)).timestamp()
    schedule = SCHEDULES[name]
    instants = schedule_execution_time_iterator(
        first.timestamp(), schedule.cron_schedule, schedule.execution_timezone, ascending=True
    )
    return [instant.astimezone(UTC) for instant in takewhile(lambda at: at.timestamp() < end, instants)]


def test_every_cadence_has_a_job_and_a_schedule_that_is_off() -> None:
    names = {cadence.name for cadence in CADENCES}
    subjects = {"prices", "reference_prices", "market_caps", "etf_flows", "liquidations"}
    assert names == {"main", *subjects}
    assert {job.name for job in defs.jobs or []} == {*names, "backfill"}
    assert set(SCHEDULES) == {f"{name}_schedule" for name in names}
    assert {schedule.default_status for schedule in SCHEDULES.values()} == {dg.DefaultScheduleStatus.STOPPED}


@pytest.mark.parametrize(
    ("first", "utc_hours"),
    [
        (datetime(2025, 3, 8, 5, tzinfo=UTC), ["08 06:30", "08 14:00", "09 06:30", "09 13:00", "10 05:30", "10 13:00"]),
        (
            datetime(2025, 11, 1, 4, tzinfo=UTC),
            ["01 05:30", "01 13:00", "02 06:30", "02 14:00", "03 06:30", "03 14:00"],
        ),
    ],
    ids=["clocks go forward", "clocks go back"],
)
def test_etf_flows_follow_the_clock_of_new_york(first: datetime, utc_hours: list[str]) -> None:
    found = ticks("etf_flows_schedule", first, days=3)
    assert [f"{at:%d %H:%M}" for at in found] == utc_hours
    assert {f"{at.astimezone(NEW_YORK):%H:%M}" for at in found} == {"01:30", "09:00"}


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("prices_schedule", ["00:12"]),
        ("reference_prices_schedule", ["04:10"]),
        ("market_caps_schedule", ["00:02"]),
        ("liquidations_schedule", ["00:20", "06:20", "12:20", "18:20"]),
        ("main_schedule", ["02:00"]),
    ],
)
@pytest.mark.parametrize("day", [datetime(2025, 3, 9, tzinfo=UTC), datetime(2025, 3, 30, tzinfo=UTC)])
def test_utc_schedules_know_no_summer_time(name: str, times: list[str], day: datetime) -> None:
    assert [f"{at:%H:%M}" for at in ticks(name, day, days=1)] == times


@pytest.mark.parametrize("name", sorted(SCHEDULES))
@pytest.mark.parametrize("instant", [datetime(2025, 3, 9, 6, 30, tzinfo=UTC), datetime(2025, 11, 2, 5, 30, tzinfo=UTC)])
def test_a_tick_requests_one_run_without_a_partition(name: str, instant: datetime) -> None:
    context = dg.build_schedule_context(scheduled_execution_time=instant, repository_def=defs.get_repository_def())
    (request,) = SCHEDULES[name].evaluate_tick(context).run_requests
    assert request.partition_key is None


@pytest.mark.parametrize("cadence", CADENCES, ids=lambda cadence: cadence.name)
def test_a_job_fetches_its_own_subjects_and_builds_checks_and_publishes_everything(cadence: object) -> None:
    from orchestration.defs.cadence import Cadence
    from orchestration.sources.shared.registry import datasets

    assert isinstance(cadence, Cadence)
    keys = {tuple(key.path) for key in defs.resolve_job_def(cadence.name).asset_layer.executable_asset_keys}
    raw = {(dataset.provider.name, dataset.name): dataset.subject_group for dataset in datasets()}
    requested = {key for key in keys if key in raw}
    assert requested == {key for key, subject in raw.items() if not cadence.subjects or subject in cadence.subjects}
    everything = {tuple(key.path) for key in defs.resolve_job_def("main").asset_layer.executable_asset_keys}
    assert keys - requested == everything - raw.keys()
    assert ("published", "crypto_market") in keys


def test_every_asset_has_an_owner_a_group_a_kind_and_a_description() -> None:
    made_here = defs.resolve_asset_graph().materializable_asset_keys
    for spec in defs.resolve_all_asset_specs():
        if spec.key not in made_here:
            continue
        assert spec.owners, spec.key
        assert spec.group_name not in {None, "default"}, spec.key
        assert spec.kinds, spec.key
        assert spec.description, spec.key


def test_assets_link_to_their_files_and_raw_columns_are_described() -> None:
    local = {"nyse", "imports"}
    for spec in defs.resolve_all_asset_specs():
        if spec.key.path[0] in local:
            continue
        if spec.group_name in {"raw", "marts"}:
            (reference,) = spec.metadata["dagster/code_references"].code_references
            assert Path(reference.file_path).is_file(), spec.key
        if spec.group_name == "raw":
            assert all(column.description for column in spec.metadata["dagster/column_schema"].columns), spec.key


def test_raw_tables_and_marts_show_columns_and_freshness() -> None:
    shown = [spec for spec in defs.resolve_all_asset_specs() if spec.freshness_policy is not None]
    assert len(shown) > 30
    without = [spec.key for spec in shown if "dagster/column_schema" not in spec.metadata]
    assert [key.to_user_string() for key in without] == ["published/crypto_market"]


def test_only_the_backfill_has_partitions_so_that_one_click_runs_any_other_job() -> None:
    """For a job of partitioned assets the UI opens a dialog of partitions instead."""
    graph = defs.resolve_asset_graph()
    assert not [key for key in graph.get_all_asset_keys() if graph.get(key).partitions_def]
    months = defs.resolve_job_def("backfill").partitions_def
    assert months is not None
    assert {"2010-01-01", "2025-05-01"} <= set(months.get_partition_keys())
