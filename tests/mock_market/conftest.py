"""The table at the end of a session: what was tried against the mock market, and how it went."""

import os
from pathlib import Path

import pytest

from tests.mock_market.tally import Tally

TALLY = pytest.StashKey[Tally]()


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    return pytestconfig.stash.setdefault(TALLY, Tally())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    tally = config.stash.get(TALLY, None)
    if tally is None or not tally.tried:
        return
    terminalreporter.section("faults of the mock market")
    for line in tally.lines():
        terminalreporter.line(line)
    if file := os.environ.get("FAULT_TABLE"):
        tally.write(Path(file))
