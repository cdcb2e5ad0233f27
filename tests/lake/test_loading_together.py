"""Several machines load into one lake: the raw tables are those that one machine would have made."""

import subprocess
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.landing import Landing
from orchestration.lake.leases import Leases
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from tests.lake.conftest import Shared
from tests.lake.events import EVENTS, MONTHS, NOON, ROWS, months, store

RAW = "select symbol, event_time, price, volume, observed_at, response_id from raw.acme_events order by all"
RESPONSES = "select response_id, path, sha256, observed_at from raw.responses where source = 'acme' order by all"
LOAD_SECONDS = 400


def raw(store: Any) -> tuple[list[Any], list[Any]]:
    with connect(store, read_only=True) as connection:
        return connection.execute(RAW).fetchall(), connection.execute(RESPONSES).fetchall()


def of_one_machine(landing: Path, file: Path) -> tuple[list[Any], list[Any]]:
    """What one load into a file of its own makes of the landing files."""
    with connect(file) as connection:
        prepare(connection, [EVENTS])
        load(connection, EVENTS, list(Landing(landing).all("acme")), landing)
    return raw(file)


def load_here(shared: Shared, landing: Path) -> None:
    """Load all landing files into the lake, in this process."""
    with connect(shared.lake) as connection:
        prepare(connection, [EVENTS])
        load(connection, EVENTS, list(Landing(landing).all("acme")), landing)


def finished(process: "subprocess.Popen[str]") -> list[str]:
    """The lines of a worker that ended well."""
    output, errors = process.communicate(timeout=LOAD_SECONDS)
    assert process.returncode == 0, errors[-3000:]
    return output.splitlines()


@pytest.mark.lake_short
def test_two_loaders_of_the_same_responses_make_the_raw_of_one(shared: Shared, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    stored = list(months(landing, MONTHS[:3], parts=2))
    both = [shared.worker("load", str(landing)) for _ in range(2)]
    lines = [line.split() for process in both for line in finished(process)]
    new = [int(words[2]) for words in lines if words[0] == "done"]
    assert sorted(new) == [0] * len(stored) + [ROWS] * len(stored), "each response became rows once"
    assert raw(shared.lake) == of_one_machine(landing, tmp_path / "one.duckdb")


@pytest.mark.slow
def test_disjoint_months_on_four_workers_make_the_raw_of_one(shared: Shared, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    list(months(landing, MONTHS[:8]))
    workers = [shared.worker("load", str(landing), str(part), "4") for part in range(4)]
    assert [len(finished(worker)) for worker in workers] == [4] * 4
    assert raw(shared.lake) == of_one_machine(landing, tmp_path / "one.duckdb")


def test_machines_whose_clocks_differ_by_a_minute_make_the_versions_of_one(shared: Shared, tmp_path: Path) -> None:
    """The slow clock's response is loaded last: it lies before what is stored, and becomes an older version."""
    fast, slow, both = (tmp_path / name for name in ("fast", "slow", "both"))
    for folder in (fast, both):
        store(folder, MONTHS[0], at=NOON + timedelta(minutes=1), price="101.5")
    load_here(shared, fast)
    for folder in (slow, both):
        store(folder, MONTHS[0], at=NOON, price="100.5")
    load_here(shared, slow)
    rows, responses = raw(shared.lake)
    assert (rows, responses) == of_one_machine(both, tmp_path / "one.duckdb")
    assert len(rows) == 2 * ROWS


def kill_in_mid_load(shared: Shared, landing: Path, lines_before: int, delay: float) -> None:
    """Start a loader, and end it with SIGKILL `delay` seconds into a load."""
    process = shared.worker("load", str(landing))
    assert process.stdout is not None
    seen = 0
    for line in process.stdout:
        seen += line.startswith("begin")
        if seen > lines_before:
            break
    time.sleep(delay)
    process.kill()
    process.communicate(timeout=LOAD_SECONDS)


def leave_no_waiting(shared: Shared) -> None:
    """A killed process holds its leases for a minute: end them, as time would."""
    Leases(shared.lake).execute("update warehouse.leases set expires_at = clock_timestamp() - interval '1 second'")


@pytest.mark.parametrize("kills", [pytest.param(2, id="short"), pytest.param(20, id="whole", marks=pytest.mark.slow)])
def test_a_loader_killed_in_mid_commit_leaves_whole_responses(shared: Shared, tmp_path: Path, kills: int) -> None:
    landing = tmp_path / "landing"
    list(months(landing, MONTHS, parts=2))
    for kill in range(kills):
        # From the first statement of a load to beyond its commit.
        kill_in_mid_load(shared, landing, kill % 3, 0.03 * (kill % 20 + 1))
        leave_no_waiting(shared)
        rows, responses = raw(shared.lake)
        assert len(rows) == ROWS * len(responses), f"after kill {kill + 1}"
    finished(shared.worker("load", str(landing)))
    assert raw(shared.lake) == of_one_machine(landing, tmp_path / "one.duckdb")


@pytest.mark.slow
def test_four_writers_and_eight_readers_see_whole_responses(shared: Shared, tmp_path: Path) -> None:
    landing, seconds, parts = tmp_path / "landing", 60, 5
    stored = list(months(landing, MONTHS, parts))
    with ExitStack() as stack:
        with connect(shared.lake) as connection:
            prepare(connection, [EVENTS])
        readers = [stack.enter_context(shared.worker("read", str(seconds))) for _ in range(8)]
        writers = [stack.enter_context(shared.worker("load", str(landing), str(part), "4")) for part in range(4)]
        commits = sum(line.startswith("done") for writer in writers for line in finished(writer))
        counted = [finished(reader)[-1].split() for reader in readers]
    reads, torn = (sum(int(words[i]) for words in counted) for i in (1, 2))
    print(f"{commits} commits, {reads} reads, {torn} torn")
    assert (commits, torn) == (len(stored), 0)
    assert reads >= len(readers)
    assert raw(shared.lake) == of_one_machine(landing, tmp_path / "one.duckdb")
