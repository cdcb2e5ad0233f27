"""Ctrl-C and SIGTERM while a command works: one sentence, the status that a shell expects, and no traceback.

A thread waits for the signals, which all other threads leave to it, and ends the process at once. Nothing needs tidying
up: whatever moment a run is killed at, readers keep what was published and the next run takes it up. Left to Python, a
signal ends in tracebacks of Dagster and dbt, and in an abort when threads still hold DuckDB.
"""

import os
import signal
import sys
import threading
from pathlib import Path

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SHOW_CURSOR = "\x1b[?25h"
"""For a terminal on which a live line hid it."""


def end_when_interrupted(published: Path) -> None:
    """From now on until the process ends. `published` is where a release would appear meanwhile."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    threading.Thread(target=_wait, args=(published / "current", _target(published / "current")), daemon=True).start()


def _wait(current: Path, before: str | None) -> None:
    number = signal.sigwait(SIGNALS)
    # Looked at first, so that the sentence is true when it is written.
    now = _target(current)
    said = "nothing new was published" if now == before else f"{now} had been published before"
    start = f"{SHOW_CURSOR}\n" if sys.stderr.isatty() else ""
    # Not through sys.stderr, which another thread may be writing to and hold.
    os.write(2, f"{start}warehouse: interrupted; {said}\n".encode())
    _stop_checker()
    os._exit(128 + number)


def _target(link: Path) -> str | None:
    try:
        return link.readlink().name
    except OSError:
        return None


def _stop_checker() -> None:
    if checker := sys.modules.get("orchestration.checker"):
        checker.checker().kill()
