"""Ctrl-C and SIGTERM: one sentence, the status a shell expects, no traceback, whatever the process is doing."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

LONG = "import duckdb; query = 'select sum(a.range * b.range) from range(10000000) a, range(1000000) b'; "
BUSY = {
    "in Python": "while True: pass",
    "waiting": "import threading; threading.Event().wait()",
    "in DuckDB": LONG + "duckdb.sql(query).fetchall()",
    "in a thread with DuckDB": LONG
    + "import threading; threading.Thread(target=lambda: duckdb.sql(query).fetchall()).start()",
    "where a library handles signals itself": "import signal, sys; stop = lambda *_: sys.exit('stopped'); "
    "signal.signal(signal.SIGINT, stop); signal.signal(signal.SIGTERM, stop); import time; time.sleep(60)",
    "after a library unblocked them": "from multiprocessing import resource_tracker as tracker; "
    "tracker.ensure_running(); import threading; threading.Event().wait()",
}
PROGRAM = """
import sys
from pathlib import Path
from orchestration.cli.interruption import end_when_interrupted
end_when_interrupted(Path(sys.argv[1]))
print("ready", flush=True)
{busy}
"""


def begin(published: Path, busy: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(busy=busy), str(published)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("busy", BUSY)
def test_it_ends_in_one_sentence(tmp_path: Path, busy: str, signal_: signal.Signals) -> None:
    process = begin(tmp_path, BUSY[busy])
    process.send_signal(signal_)
    _, output = process.communicate(timeout=20)
    assert (process.returncode, output) == (128 + signal_, "warehouse: interrupted; nothing new was published\n")


def test_a_release_that_appeared_meanwhile_is_named(tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to("releases/one")
    process = begin(tmp_path, BUSY["waiting"])
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to("releases/two")
    process.send_signal(signal.SIGTERM)
    _, output = process.communicate(timeout=20)
    assert output == "warehouse: interrupted; two had been published before\n"
