"""Running it for years: backfills, runs that broke, and runs that meet each other."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import pytest

from orchestration.run import dagster_instance
from orchestration.sample.server import SampleMarket
from orchestration.settings import ORIGINS, Settings
from tests.pipeline.processes import line_of, start, wait_until

Ask = Callable[[Path, str], list[tuple[object, ...]]]
pytestmark = pytest.mark.slow
CANDLES = dg.AssetKey(["coinbase", "candles_1d"])
SESSIONS = dg.AssetKey(["nyse", "sessions"])

HOLD = """
import sys
from pathlib import Path
from orchestration.home import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
FROM_THE_UI = """
import sys
import dagster as dg
from orchestration.definitions import defs
from orchestration.run import dagster_instance
from orchestration.settings import Settings
result = defs.resolve_job_def("main").execute_in_process(
    instance=dagster_instance(Settings.load()),
    asset_selection=[dg.AssetKey(["nyse", "sessions"])],
    raise_on_error=False,
)
sys.exit(not result.success)
"""


@contextmanager
def execute(
    home: Path, *assets: dg.AssetKey, **tags: str
) -> Iterator[tuple[dg.ExecuteInProcessResult, dg.DagsterInstance]]:
    """Some assets of the main job, executed as the UI does it: by the job alone, with tags for partitions."""
    from orchestration.definitions import defs

    with patch.dict(os.environ, {"WAREHOUSE_HOME": str(home)}):
        instance = dagster_instance(Settings.load())
        result = defs.resolve_job_def("main").execute_in_process(
            instance=instance,
            asset_selection=list(assets),
            run_config={"loggers": {"console": {}}},
            tags={f"dagster/{name}": value for name, value in tags.items()},
            raise_on_error=False,
        )
        yield result, instance
        instance.dispose()


def test_a_year_of_days_is_one_run_and_asks_for_no_other_day(tmp_path: Path) -> None:
    home = tmp_path / "data"
    days = {"asset_partition_range_start": "2024-05-01", "asset_partition_range_end": "2025-04-30"}
    with execute(home, CANDLES, **days) as (result, instance):
        assert result.success
        assert len(instance.get_materialized_partitions(CANDLES)) == 365
    asked = [path.read_text() for path in (home / "landing" / "coinbase").rglob("*.json")]
    assert len(asked) == 4
    params = [json.loads(text)["params"] for text in asked]
    assert min(asked["start"] for asked in params) == "2024-05-01T00:00:00Z"
    assert max(asked["end"] for asked in params) == "2025-04-30T23:59:59Z"


def test_one_day_is_asked_for_alone(tmp_path: Path) -> None:
    home = tmp_path / "data"
    with execute(home, CANDLES, partition="2025-05-08") as (result, instance):
        assert result.success
        assert instance.get_materialized_partitions(CANDLES) == {"2025-05-08"}
    asked = [path.read_text() for path in (home / "landing" / "coinbase").rglob("*.json")]
    assert len(asked) == 2
    assert all('"start": "2025-05-08T00:00:00Z"' in text and '"end": "2025-05-08T23:59:59Z"' in text for text in asked)


def sessions_alone(home: Path, source: str) -> dg.ExecuteInProcessResult:
    """The smallest run there is, from the origin `source`."""
    from orchestration.definitions import defs

    with patch.dict(os.environ, {"WAREHOUSE_HOME": str(home)}):
        instance = dagster_instance(Settings.load())
        result = defs.resolve_job_def("main").execute_in_process(
            instance=instance,
            asset_selection=[SESSIONS],
            run_config={
                "resources": {"surroundings": {"config": {"source": source}}},
                "loggers": {"console": {}},
            },
            raise_on_error=False,
        )
        instance.dispose()
    return result


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_home_is_filled_from_the_origin_that_was_asked_for(tmp_path: Path, origin: str) -> None:
    assert sessions_alone(tmp_path / "data", origin).success
    assert (tmp_path / "data" / "origin").read_text().strip() == origin


def test_an_unknown_origin_is_refused_before_anything_is_claimed(tmp_path: Path) -> None:
    result = sessions_alone(tmp_path / "data", "smaple")
    assert not result.success
    assert not (tmp_path / "data" / "origin").exists()


def test_a_run_without_a_partition_marks_the_day_that_closed_last(sample_home: Path) -> None:
    with patch.dict(os.environ, {"WAREHOUSE_HOME": str(sample_home)}):
        instance = dagster_instance(Settings.load())
        assert instance.get_materialized_partitions(CANDLES) == {"2025-05-11"}
        instance.dispose()


def test_marts_show_their_rows(sample_home: Path, ask: Ask) -> None:
    from orchestration.definitions import marts

    with patch.dict(os.environ, {"WAREHOUSE_HOME": str(sample_home)}):
        instance = dagster_instance(Settings.load())
        event = instance.get_latest_materialization_event(marts["fct_daily_prices"])
        assert event is not None
        assert event.asset_materialization is not None
        shown = event.asset_materialization.metadata["dagster/row_count"].value
        instance.dispose()
    assert [(shown,)] == ask(sample_home, "select count(*) from marts.fct_daily_prices")


def test_a_run_that_was_killed_is_taken_up_and_nothing_is_asked_twice(tmp_path: Path) -> None:
    home, said = tmp_path / "data", tmp_path / "said"
    with SampleMarket() as market, patch.dict(os.environ, market.environment()):
        # Nobody else than the providers of the sample market is there to answer.
        command = ["-m", "orchestration", "run", "--only", ",".join(market.wires)]
        with said.open("w") as log:
            process = start(*command, home=home, stdout=subprocess.DEVNULL, stderr=log.fileno())
            wait_until(lambda: "coinbase_candles_1d: answered" in said.read_text(), process, said)
            process.kill()
            process.wait()
        before = len(market.asked)
        assert Settings.load({"WAREHOUSE_HOME": str(home)}).unfinished.exists()
        again = start(*command, home=home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, told = again.communicate(timeout=400)
    assert again.returncode == 0, told
    assert "taking up the run of 2025-05-12 06:00 UTC" in told
    assert before > 5
    assert len(set(market.asked)) == len(market.asked), "a question was asked twice"
    assert not (home / "unfinished").exists()


def test_runs_wait_for_each_other_and_name_whom_they_wait_for(home: Path, tmp_path: Path) -> None:
    """One process holds the home; a run from the command line and one as the UI starts it stand in line."""
    holder = start("-c", HOLD, str(home), home=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert line_of(holder) == "held\n"
    commands = {"command": ("-m", "orchestration", "run", "--only", "coinbase"), "ui": ("-c", FROM_THE_UI)}
    logs = {name: tmp_path / name for name in commands}
    waiting = {}
    try:
        for name, command in commands.items():
            with logs[name].open("w") as log:
                waiting[name] = start(
                    *command, home=home, stdin=subprocess.DEVNULL, stdout=log.fileno(), stderr=log.fileno()
                )
        sentence = f"waiting for the run of process {holder.pid} in "
        for name, process in waiting.items():
            log = logs[name]
            wait_until(lambda log=log: sentence in log.read_text(), process, log)  # type: ignore[misc]
        assert [process.poll() for process in waiting.values()] == [None, None]
        holder.communicate(timeout=30)
        for name, process in waiting.items():
            assert process.wait(timeout=400) == 0, logs[name].read_text()
    finally:
        for process in (holder, *waiting.values()):
            process.kill()
            process.wait()
