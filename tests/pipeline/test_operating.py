"""Operation from the UI: backfills, origins, and two runs at once."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import pytest

from orchestration.defs.instance import dagster_instance
from orchestration.settings import ORIGINS, Settings
from tests.pipeline.processes import held, start, wait_until

Rows = Callable[[Path, str], list[tuple[object, ...]]]
pytestmark = pytest.mark.slow
CANDLES = dg.AssetKey(["coinbase", "candles_1d"])
SESSIONS = dg.AssetKey(["nyse", "sessions"])

FROM_THE_UI = """
import sys
import dagster as dg
from orchestration.definitions import defs
from orchestration.defs.instance import dagster_instance
from orchestration.settings import Settings
result = defs.resolve_job_def("main").execute_in_process(
    instance=dagster_instance(Settings.load()),
    asset_selection=[dg.AssetKey(["nyse", "sessions"])],
    raise_on_error=False,
)
sys.exit(not result.success)
"""


@contextmanager
def execute(home: Path, *assets: dg.AssetKey) -> Iterator[tuple[dg.ExecuteInProcessResult, dg.DagsterInstance]]:
    """Some assets of the main job, executed as the UI does it: by the job alone."""
    from orchestration.definitions import defs

    with patch.dict(os.environ, {"WAREHOUSE_HOME": str(home)}):
        instance = dagster_instance(Settings.load())
        result = defs.resolve_job_def("main").execute_in_process(
            instance=instance,
            asset_selection=list(assets),
            run_config={"loggers": {"console": {}}},
            raise_on_error=False,
        )
        yield result, instance
        instance.dispose()


@contextmanager
def backfill(home: Path, month: str, *sources: str) -> Iterator[tuple[dg.ExecuteInProcessResult, dg.DagsterInstance]]:
    """A month of the job `backfill`, executed as the UI does it."""
    from orchestration.definitions import defs

    with patch.dict(os.environ, {"WAREHOUSE_HOME": str(home)}):
        instance = dagster_instance(Settings.load())
        result = defs.resolve_job_def("backfill").execute_in_process(
            instance=instance,
            partition_key=month,
            run_config={"ops": {"fetch_month": {"config": {"only": list(sources)}}}, "loggers": {"console": {}}},
            raise_on_error=False,
        )
        yield result, instance
        instance.dispose()


def test_a_month_is_one_run_and_requests_no_other_day(tmp_path: Path) -> None:
    home = tmp_path / "data"
    with backfill(home, "2025-03-01", "coinbase") as (result, instance):
        assert result.success
        event = instance.get_latest_materialization_event(CANDLES)
        assert event is not None
        assert event.asset_materialization is not None
        shown = {name: value.value for name, value in event.asset_materialization.metadata.items()}
        assert (shown["stored_from"], shown["stored_until"]) == ("2025-03-01", "2025-04-01")
        assert not instance.get_latest_materialization_event(dg.AssetKey(["binance", "klines_1d"]))
    requested = [path.read_text() for path in (home / "landing" / "coinbase").rglob("*.json")]
    params = [json.loads(text)["params"] for text in requested]
    assert min(requested["start"] for requested in params) == "2025-03-01T00:00:00Z"
    assert max(requested["end"] for requested in params) == "2025-03-31T23:59:59Z"


def sessions_alone(home: Path, source: str) -> dg.ExecuteInProcessResult:
    """The smallest run there is, from the origin `source`."""
    from orchestration.definitions import defs

    with patch.dict(os.environ, {"WAREHOUSE_HOME": str(home)}):
        instance = dagster_instance(Settings.load())
        result = defs.resolve_job_def("main").execute_in_process(
            instance=instance,
            asset_selection=[SESSIONS],
            run_config={
                "resources": {"run_context": {"config": {"source": source}}},
                "loggers": {"console": {}},
            },
            raise_on_error=False,
        )
        instance.dispose()
    return result


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_home_is_filled_from_the_requested_origin(tmp_path: Path, origin: str) -> None:
    assert sessions_alone(tmp_path / "data", origin).success
    assert (tmp_path / "data" / "origin").read_text().strip() == origin


def test_an_unknown_origin_is_rejected_before_the_home_is_claimed(tmp_path: Path) -> None:
    result = sessions_alone(tmp_path / "data", "smaple")
    assert not result.success
    assert not (tmp_path / "data" / "origin").exists()


def test_a_dataset_that_is_not_requested_is_observed_with_the_reason_and_not_materialized(sample_home: Path) -> None:
    with patch.dict(os.environ, {"WAREHOUSE_HOME": str(sample_home)}):
        instance = dagster_instance(Settings.load())
        assert instance.get_latest_materialization_event(CANDLES) is not None
        for path in (["kraken", "ohlc_1d"], ["imports", "claims"]):
            assert instance.get_latest_materialization_event(dg.AssetKey(path)) is None
        (observed,) = instance.fetch_observations(dg.AssetKey(["kraken", "ohlc_1d"]), limit=1).records
        observation = observed.asset_observation
        instance.dispose()
    assert observation is not None
    assert observation.metadata["message"].value == "not part of the bundled sample"


def test_marts_show_their_rows(sample_home: Path, rows_of: Rows) -> None:
    from orchestration.definitions import marts

    with patch.dict(os.environ, {"WAREHOUSE_HOME": str(sample_home)}):
        instance = dagster_instance(Settings.load())
        event = instance.get_latest_materialization_event(marts["fct_daily_prices"])
        assert event is not None
        assert event.asset_materialization is not None
        shown = event.asset_materialization.metadata["dagster/row_count"].value
        instance.dispose()
    assert [(shown,)] == rows_of(sample_home, "select count(*) from marts.fct_daily_prices")


def test_a_waiting_run_changes_nothing_of_the_run_it_waits_for(tmp_path: Path) -> None:
    """The report of the checks is what the other one looks at before it publishes."""
    home, output = tmp_path / "data", tmp_path / "said"
    report = home / "checks" / "report.json"
    report.parent.mkdir(parents=True)
    report.write_text("{}")
    with held(home) as holder, output.open("w") as log:
        waiting = start("-m", "orchestration", "run", home=home, stdout=subprocess.DEVNULL, stderr=log.fileno())
        try:
            wait_until(
                lambda: f"waiting for the run of process {holder.pid} in " in output.read_text(), waiting, output
            )
            assert report.read_text() == "{}"
        finally:
            waiting.kill()
            waiting.wait()


def test_a_run_from_the_ui_waits_for_another_and_names_it(tmp_path: Path) -> None:
    home, output = tmp_path / "data", tmp_path / "said"
    home.mkdir()
    with held(home) as holder:
        with output.open("w") as log:
            waiting = start(
                "-c", FROM_THE_UI, home=home, stdin=subprocess.DEVNULL, stdout=log.fileno(), stderr=log.fileno()
            )
        try:
            sentence = f"waiting for the run of process {holder.pid} in "
            wait_until(lambda: sentence in output.read_text(), waiting, output)
            holder.communicate(timeout=30)
            assert waiting.wait(timeout=400) == 0, output.read_text()
        finally:
            waiting.kill()
            waiting.wait()
