"""The working file's lock: a run waits for readers, and a reader never waits for a run."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from orchestration.build.marts import build
from orchestration.file_errors import WarehouseBusy
from orchestration.home import exclusive
from orchestration.raw.working_file import connect, prepare
from orchestration.run import RunRequest, run
from orchestration.sample import earlier
from orchestration.settings import SAMPLE_NOW, Settings
from orchestration.sources.shared.registry import datasets

OPEN = """
import sys
import duckdb
with duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reading"):
    print("open", flush=True)
    sys.stdin.read()
"""


@contextmanager
def opened(file: Path, doing: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that has the file open until `communicate` is called."""
    command = [sys.executable, "-c", OPEN, str(file), doing]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with connect(path):
        pass
    return path


def test_a_writer_waits_for_a_reader_to_leave(file: Path) -> None:
    with opened(file, "reading") as reader:
        is_leaving = threading.Event()

        def leave() -> None:
            is_leaving.set()
            reader.communicate()

        leaves = threading.Timer(0.5, leave)
        leaves.start()
        with connect(file, patience_seconds=30) as connection:
            assert is_leaving.is_set()
            connection.execute("create table t (n integer)")
        leaves.join()


def test_a_writer_that_waits_in_vain_names_whom_it_waited_for(file: Path) -> None:
    with (
        opened(file, "reading") as reader,
        pytest.raises(WarehouseBusy, match=f"in use by process {reader.pid}: wait for it to end"),
        connect(file, patience_seconds=0.3),
    ):
        pass


def test_a_reader_fails_at_once_while_a_writer_holds_the_file(file: Path) -> None:
    with (
        opened(file, "writing") as writer,
        pytest.raises(WarehouseBusy, match=f"in use by process {writer.pid}"),
        connect(file, read_only=True),
    ):
        pass


@pytest.mark.slow
def test_dbt_waits_for_a_reader_to_leave(tmp_path: Path) -> None:
    settings = Settings.load({"WAREHOUSE_HOME": str(tmp_path)})
    with connect(settings.working_file) as connection:
        prepare(connection, datasets())
    # What is imported and parsed in a first build would let the reader leave before dbt comes to the file.
    build(settings, SAMPLE_NOW, ["venues"])
    with opened(settings.working_file, "reading") as reader:
        leaves = threading.Timer(4, reader.communicate)
        leaves.start()
        results = build(settings, SAMPLE_NOW, ["venues"])
        leaves.join()
    assert [(result.unique_id, result.status) for result in results if "seed" in result.unique_id] == [
        ("seed.crypto_market.venues", "success")
    ]


def test_a_run_that_waits_in_vain_names_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path))
    # What a new home of the sample opens first.
    monkeypatch.setattr(earlier, "connect", partial(connect, patience_seconds=0.3))
    with connect(tmp_path / "warehouse.duckdb"):
        pass
    with opened(tmp_path / "warehouse.duckdb", "reading") as reader:
        outcome = run(RunRequest(source="sample"))
    assert outcome.exit_code == 3
    (failure,) = outcome.failures
    assert failure.startswith("the run could not begin: WarehouseBusy: ")
    assert failure.endswith(f"is in use by process {reader.pid}: wait for it to end")


def test_a_home_is_held_by_a_process_until_it_has_left_as_often_as_it_came(tmp_path: Path) -> None:
    output: list[str] = []
    with exclusive(tmp_path):
        with exclusive(tmp_path, output.append):
            pass
        assert (tmp_path / "run.pid").exists(), "still held"
    assert not (tmp_path / "run.pid").exists()
    assert output == []


def test_outcomes_stored_by_an_earlier_version_are_renamed(file: Path) -> None:
    with connect(file) as connection:
        prepare(connection, [])
        connection.execute(
            "insert into raw.extractions values ('a', 'x', now(), 'answered', null), "
            "('b', 'x', now(), 'partly answered', 'gone'), ('c', 'x', now(), 'failed', 'gone')"
        )
        prepare(connection, [])
        outcomes = connection.execute("select outcome from raw.extractions order by source").fetchall()
    assert outcomes == [("complete",), ("partial",), ("failed",)]
