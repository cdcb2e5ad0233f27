"""A command that writes to a lake, in a process of its own: where DuckDB aborts that, this one ends with a sentence.

DuckDB's PostgreSQL extension rolls its transaction back while it cleans up. When PostgreSQL went away in the middle of
a statement that fails, and an error in a clean-up ends a C++ program at once: nothing in Python can catch it.
"""

import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

import typer

from orchestration.cli.exit_codes import stop
from orchestration.short_process import end_at_once

ABORTED = (
    "PostgreSQL went away in the middle of a statement, and DuckDB ended the process: nothing is torn; check that "
    "PostgreSQL runs, and run the command again: it resumes, at most a minute later"
)
FORWARDED = (signal.SIGINT, signal.SIGTERM)
_ending_at_once: list[int] = []
"""This process, where it ends at once: a child that goes on with the command, or one that asked for it."""


def will_end_at_once() -> None:
    """Have `end` end this process without taking apart what it holds."""
    _ending_at_once.append(os.getpid())


def supervise() -> None:
    """Go on in a child. The parent waits and ends as the child did, or with a sentence where that was aborted.

    Only before any thread runs. Where the system can't fork, nothing happens.
    """
    if not hasattr(os, "fork"):
        return
    sys.stdout.flush()
    sys.stderr.flush()
    # Until there is a child to forward them to, signals wait.
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _end_with(parent)
        will_end_at_once()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
        return
    for number in FORWARDED:
        signal.signal(number, lambda received, _: _forward(child, received))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
    _, ended = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(ended)
    if status == -signal.SIGABRT:
        stop(ABORTED)
    raise typer.Exit(128 - status if status < 0 else status)


def end(ended: SystemExit) -> NoReturn:
    """End a process as its command did; one that asked for it, or that is supervised, at once."""
    if os.getpid() not in _ending_at_once or not isinstance(ended.code, int | None):
        raise ended
    end_at_once(ended.code or 0)


def _forward(child: int, number: int) -> None:
    # A terminal sends Ctrl-C to both.
    if number == signal.SIGINT and _has_terminal():
        return
    with suppress(ProcessLookupError):
        os.kill(child, number)


def _has_terminal() -> bool:
    """Whether this process is in the foreground of a terminal."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)


def _end_with(parent: int) -> None:
    """On Linux, end this process with its parent, which someone may kill."""
    if sys.platform != "linux":
        return
    from ctypes import CDLL

    death_signal = 1
    CDLL(None).prctl(death_signal, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(128 + signal.SIGKILL)
