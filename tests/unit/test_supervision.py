"""A command in a process of its own: how the one that waits for it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = """
import os, signal, sys, time
import typer
from orchestration.cli.supervision import supervise

def command():
    supervise()
    print(os.getpid(), flush=True)
    {}

try:
    command()
except typer.Exit as ended:
    sys.exit(ended.exit_code)
"""


def started(ending: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM.format(ending)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_an_aborted_command_ends_with_a_sentence() -> None:
    process = started("os.abort()")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "PostgreSQL went away in the middle of a statement" in errors
    assert "run the command again" in errors


@pytest.mark.parametrize(("ending", "status"), [("sys.exit(3)", 3), ("pass", 0), ("os.kill(os.getpid(), 9)", 137)])
def test_any_other_end_is_the_commands(ending: str, status: int) -> None:
    process = started(ending)
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == status


def test_a_signal_reaches_the_command() -> None:
    process = started("signal.signal(15, lambda *_: sys.exit(7)); print('ready', flush=True); time.sleep(60)")
    assert process.stdout is not None
    assert process.stdout.readline().strip() != str(process.pid)
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    assert process.wait(30) == 7


def is_gone(process: int) -> bool:
    """Whether it ended, also where nobody waited for it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's own")
def test_a_killed_supervisor_takes_the_command_with_it() -> None:
    process = started("time.sleep(60)")
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.kill()
    process.wait(30)
    for _ in range(300):
        if is_gone(child):
            return
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    raise AssertionError("the command outlived its supervisor")


@pytest.mark.parametrize("status", [0, 3])
def test_an_abort_in_the_clean_up_of_a_finished_command_is_not_its_end(status: int) -> None:
    """As of DuckDB's extensions: what a process destroys last is destroyed in C++."""
    ending = f"""
    import atexit, ctypes
    from orchestration.cli.supervision import end
    library = ctypes.CDLL(None)
    library["__cxa_atexit"](ctypes.cast(library.abort, ctypes.c_void_p), None, None)
    atexit.register(lambda: print("cleaned", flush=True))
    end(SystemExit({status}))
"""
    process = started(ending.strip())
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (status, "")
    assert output.endswith("cleaned\n")
