"""A process that imports much, does one thing and ends, from whatever shell or service started it.

Two habits of Python would take a quarter of its time.
"""

import atexit
import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

ALLOCATIONS = 50_000
"""After how many new objects unreachable cycles are searched for: Python does it after 700, and of all that was
imported again and again. It costs a few megabytes."""


def collect_rarely() -> None:
    """Search for unreachable cycles seldom: what a run makes stays, or is freed without that."""
    gc.set_threshold(ALLOCATIONS)


def open_standard_streams() -> None:
    """Open what a shell closed (`>&-`): else the next file would get its number, and all that is printed to that."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # The lowest free number is this one.
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("r" if name == "stdin" else "w"))  # noqa: SIM115


def end_at_once(status: int) -> NoReturn:
    """End this process after its exit functions, without taking apart all that it holds, which takes a second.

    There DuckDB's extensions may also abort a process whose work is done (`terminate called without an active
    exception`).
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        # Nobody may be reading any longer.
        with suppress(BrokenPipeError):
            stream.flush()
    os._exit(status)
