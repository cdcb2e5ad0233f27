"""The instant of "now": fixed, the sample's, a user's moving clock, or the machine's."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.ingest.http import HttpClient
from orchestration.settings import SAMPLE_NOW, Settings

STARTS = "2025-05-09T06:00:00Z"
START = datetime(2025, 5, 9, 6, tzinfo=UTC)


def settings(home: Path, **variables: str) -> Settings:
    return Settings.load({"WAREHOUSE_HOME": str(home), "WAREHOUSE_NOW": "", "WAREHOUSE_CLOCK": "", **variables})


def test_the_clock_starts_at_an_instant_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([100.0, 100.0, 131.5])
    monkeypatch.setattr("orchestration.settings.monotonic", lambda: next(seconds))
    started = "2025-05-09T06:00:00.25Z"
    own = settings(tmp_path, WAREHOUSE_CLOCK=started)
    assert own.now() == START + timedelta(seconds=0.25)
    assert own.now() == START + timedelta(seconds=31.75)


def test_all_settings_of_a_process_read_one_clock(tmp_path: Path) -> None:
    first = settings(tmp_path, WAREHOUSE_CLOCK=STARTS).now()
    time.sleep(0.01)
    assert settings(tmp_path, WAREHOUSE_CLOCK=STARTS).now() > first


def test_a_fixed_instant_overrides_the_clock(tmp_path: Path) -> None:
    fixed = settings(tmp_path, WAREHOUSE_CLOCK=STARTS, WAREHOUSE_NOW="2024-01-01T00:00:00Z")
    assert fixed.now() == datetime(2024, 1, 1, tzinfo=UTC)
    assert fixed.wall_clock() >= START


def test_a_sample_home_works_at_its_instant_unless_a_clock_is_set(tmp_path: Path) -> None:
    (tmp_path / "origin").write_text("sample\n")
    assert settings(tmp_path).now() == SAMPLE_NOW
    assert settings(tmp_path, WAREHOUSE_CLOCK=STARTS).now() - START < timedelta(hours=1)


def test_without_settings_the_machine_s_clock_is_read(tmp_path: Path) -> None:
    assert abs(settings(tmp_path).now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_client_reads_the_dates_in_headers_by_the_same_clock(tmp_path: Path) -> None:
    client = HttpClient(settings(tmp_path, WAREHOUSE_CLOCK=STARTS))
    assert client._clock.utc() - START < timedelta(hours=1)
