"""The live display of a run: on a terminal, one line for each thing in progress, which disappears when it is done.

Plain lines remain above it. Where standard error is no terminal, nothing is shown.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

_display: Progress | None = None


@contextmanager
def on_terminal(is_wanted: bool = True) -> Iterator[None]:
    """Within it, lines are shown, if standard error is a terminal that supports them."""
    global _display
    console = Console(file=sys.stderr)
    if not is_wanted or not console.is_terminal or console.is_dumb_terminal:
        yield
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    with Progress(*columns, console=console, transient=True, refresh_per_second=4) as _display:
        try:
            yield
        finally:
            _display = None


class Line:
    """One line of the display. Safe to use from any thread, and where there is no display."""

    def __init__(self, task: TaskID | None) -> None:
        self._task = task

    @property
    def is_shown(self) -> bool:
        return _display is not None and self._task is not None

    def update(self, done: int, total: int | None, note: str) -> None:
        """`done` of `total`; None: the total is not known. `note`: of what, and what it waits for."""
        if _display is not None and self._task is not None:
            counted = f"{done}/{total}" if total else str(done)
            _display.update(self._task, completed=done, total=total, note=f"{counted} {note}")


@contextmanager
def line(name: str, note: str = "") -> Iterator[Line]:
    """Within it, a line for `name`."""
    task = None if _display is None else _display.add_task(name, total=None, note=note)
    try:
        yield Line(task)
    finally:
        if _display is not None and task is not None:
            _display.remove_task(task)
