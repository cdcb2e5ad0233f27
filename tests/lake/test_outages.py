"""PostgreSQL or S3 is away for a while in the middle of a load: it waits, goes on, and stores everything once."""

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.ingest.landing import Landing
from orchestration.lake.attach import LIMITS, LakeAway, LakeUnusable, open_lake
from orchestration.lake.objects import Objects
from orchestration.lake.settings import Lake
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.settings import Settings
from tests.lake.conftest import Shared
from tests.lake.events import EVENTS, MONTHS, months
from tests.lake.test_loading_together import load_here, of_one_machine, raw

AWAY_SECONDS = 4


def load_during(shared: Shared, landing: Path, away: Callable[[], None], back: Callable[[], None]) -> None:
    """Load file by file; something goes away after the first one, and comes back while the second one waits."""
    first, *others = Landing(landing).all("acme")
    with connect(shared.lake) as connection:
        prepare(connection, [EVENTS])
        load(connection, EVENTS, [first], landing)
        away()
        timer = threading.Timer(AWAY_SECONDS, back)
        timer.start()
        started = time.monotonic()
        for stored in others:
            load(connection, EVENTS, [stored], landing)
        assert time.monotonic() - started >= AWAY_SECONDS - 1, "the second load had to wait"
        timer.join()


def test_a_load_goes_on_when_postgres_was_stopped_and_started(shared: Shared, tmp_path: Path) -> None:
    landing, postgres = tmp_path / "landing", shared.servers.postgres
    list(months(landing, MONTHS[:4]))
    load_during(shared, landing, postgres.stop, postgres.start)
    assert raw(shared.lake) == of_one_machine(landing, tmp_path / "one.duckdb")


def test_a_load_goes_on_when_s3_refused_with_503(shared: Shared, tmp_path: Path) -> None:
    landing, door = tmp_path / "landing", shared.servers.door
    list(months(landing, MONTHS[:4]))
    before = door.refused
    load_during(shared, landing, door.shut, door.open)
    assert door.refused > before
    assert raw(shared.lake) == of_one_machine(landing, tmp_path / "one.duckdb")


def test_a_landing_file_is_stored_when_s3_is_back(shared: Shared) -> None:
    door = shared.servers.door
    door.shut()
    threading.Timer(AWAY_SECONDS / 2, door.open).start()
    objects = Objects(shared.lake, "landing")
    objects.put("acme/events/2025-05-09/a.json", b"{}")
    assert objects.get("acme/events/2025-05-09/a.json") == b"{}"


def test_a_reader_is_told_at_once_that_postgres_is_away(shared: Shared) -> None:
    shared.servers.postgres.stop()
    try:
        with pytest.raises(LakeUnusable, match="can't be reached") as problem, connect(shared.lake, read_only=True):
            pass
    finally:
        shared.servers.postgres.start()
    assert "p@ss" not in str(problem.value)
    assert "Check WAREHOUSE_LAKE" in str(problem.value)


def test_a_wrong_key_of_s3_is_a_sentence_without_it(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    list(months(tmp_path / "landing", MONTHS[:1]))
    load_here(shared, tmp_path / "landing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-wrong-secret")
    wrong = Settings.load().working_file
    with pytest.raises(LakeUnusable, match="that its servers run") as problem, connect(wrong, read_only=True) as lake:
        lake.execute("select sum(price) from raw.acme_events").fetchall()
    assert "a-wrong-secret" not in str(problem.value)


def test_connections_and_statements_wait_for_postgres(shared: Shared, tmp_path: Path) -> None:
    """The second connection of a process finds the lake attached, and its server away."""
    postgres = shared.servers.postgres
    list(months(tmp_path / "landing", MONTHS[:1]))
    load_here(shared, tmp_path / "landing")
    with connect(shared.lake) as first:
        count = first.execute("select count(*) from raw.acme_events").fetchall()
        postgres.stop()
        timer = threading.Timer(AWAY_SECONDS, postgres.start)
        timer.start()
        with connect(shared.lake) as second:
            assert second.execute("select count(*) from raw.acme_events").fetchall() == count
        assert first.execute("select count(*) from raw.acme_events").fetchone() == count[0]
        timer.join()


def test_a_server_that_never_responds_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that is open, with nothing behind it, as of a machine that hangs."""
    monkeypatch.setattr("orchestration.lake.attach.LIMITS", LIMITS.replace("connect_timeout=10", "connect_timeout=2"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql://nobody:secret@127.0.0.1:{silent.getsockname()[1]}/lake"
        lake = Lake.of({"WAREHOUSE_LAKE": address, "WAREHOUSE_LAKE_DATA": "/nowhere"})
        assert lake is not None
        started = time.monotonic()
        with pytest.raises(LakeAway, match="can't be reached: timeout expired"):
            open_lake(lake)
    assert time.monotonic() - started < 30
