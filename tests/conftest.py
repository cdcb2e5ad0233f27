"""For every run of the tests: skip what needs recordings where there are none, and state how many tests that was."""

import gc
import os
from collections.abc import Sequence

import pytest

from tests.recordings import ABSENT, ARE_HERE

# While all that the tests import comes into being, nothing of it is let go: looking for that took a third of the time.
gc.disable()
# One thread of DuckDB makes the few rows of a test as fast as two, which take a quarter more of the processors. What
# several make of many rows is compared in `test_threads.py`.
os.environ.setdefault("DUCKDB_THREADS", "1")


def pytest_collection_finish() -> None:
    """From here on unreachable cycles are searched for, and never among what was imported."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if not ARE_HERE and item.get_closest_marker("recordings"):
            item.add_marker(pytest.mark.skip(reason=ABSENT))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [
        report for report in terminalreporter.getreports("skipped") if ABSENT in str(getattr(report, "longrepr", ""))
    ]
    if skipped:
        terminalreporter.write_sep("=", "recordings")
        terminalreporter.write_line(f"{len(skipped)} tests were skipped: {ABSENT}")
