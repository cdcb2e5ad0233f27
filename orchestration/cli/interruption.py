"""Ctrl-C and SIGTERM while a command works: one sentence, the status that a shell expects, and no traceback.

A separate thread receives the signals and ends the process at once. No clean-up is needed: whenever a run is killed,
readers keep what was published and the next run resumes. Left to Python, a signal ends in tracebacks of Dagster and
dbt, and in an abort when threads still hold DuckDB.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SET_HANDLER = signal.signal
SHOW_CURSOR = "\x1b[?25h"
"""Restores the cursor that a live line hid."""


def end_when_interrupted(published: Path) -> None:
    """Handle signals from now on until the process ends. A release may appear in `published` meanwhile."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    # Python writes each signal's number here, even while the main thread is busy in DuckDB.
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in SIGNALS:
        signal.signal(number, _leave_it_to_the_thread)
    # Dagster installs handlers that raise in the middle of a step, and would report the step as failed. Blocking the
    # signals instead does not work, because multiprocessing unblocks them.
    signal.signal = _signal_of_others  # type: ignore[assignment]
    # The resource tracker outlives this process by a moment, and would print a warning after our last line.
    others = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (others, "ignore:resource_tracker")))
    current = published / "current"
    threading.Thread(target=_wait, args=(reader, current, _target(current)), daemon=True).start()


def _wait(reader: int, current: Path, before: str | None) -> None:
    while (number := os.read(reader, 1)[0]) not in SIGNALS:
        pass
    # Read first, so that the sentence is true when it is written.
    now = _target(current)
    result = "nothing new was published" if now == before else f"{now} had been published before"
    start = f"{SHOW_CURSOR}\n" if sys.stderr.isatty() else ""
    # Not through sys.stderr: another thread may hold its lock.
    os.write(2, f"{start}warehouse: interrupted; {result}\n".encode())
    _stop_checker()
    os._exit(128 + number)


def _leave_it_to_the_thread(number: int, frame: FrameType | None) -> None:
    """The main thread ignores the signal."""


def _signal_of_others(number: int, handler: Any) -> Any:
    return signal.getsignal(number) if number in SIGNALS else SET_HANDLER(number, handler)


def _target(link: Path) -> str | None:
    try:
        return link.readlink().name
    except OSError:
        return None


def _stop_checker() -> None:
    if checker := sys.modules.get("orchestration.release.checker"):
        checker.checker().kill()
