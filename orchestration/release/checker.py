"""The data checks in a process of their own, so that their slow import overlaps with everything before them.

Great Expectations takes some ten seconds to import. A run calls `Checker.start()` before the build; by the time the
marts are built, the process waits for the file's name on its standard input.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from data_checks.results import Report


class CheckerFailed(Exception):
    """The checks could not be run; nothing may be published."""


class Checker:
    """One waiting `python -m data_checks --wait`. Usable for one validation."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> "Checker":
        if self._process is None:
            environment = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
            environment["PYTHONIOENCODING"] = "utf-8"
            self._process = subprocess.Popen(
                # -P: a folder of this name in the working directory is not ours.
                [sys.executable, "-P", "-m", "data_checks", "--wait"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                env=environment,
            )
        return self

    def validate(
        self,
        file: Path,
        now: datetime,
        docs: Path | None = None,
        previous: Path | None = None,
        checks: Sequence[str] | None = None,
    ) -> "Report":
        """The report on `file`, a closed marts-only file, of all checks or those named.

        Raises CheckerFailed when there is none.
        """
        from data_checks.results import Report

        process = self.start()._process
        assert process is not None
        order = {
            "file": str(file.resolve()),
            "now": now.isoformat(),
            "docs": str(docs.resolve()) if docs else None,
            "previous": str(previous.resolve()) if previous else None,
            "checks": list(checks) if checks is not None else None,
        }
        output, errors = process.communicate(json.dumps(order) + "\n")
        self._process = None
        if process.returncode not in {0, 1} or not output.strip():
            raise CheckerFailed(f"the data checks ended with status {process.returncode}: {errors[-2000:].strip()}")
        return Report.from_json(output.strip().splitlines()[-1])

    def kill(self) -> None:
        """End the process at once, because this one is about to end."""
        if self._process is not None:
            self._process.kill()

    def stop(self) -> None:
        """End a checker that was not used."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


_CHECKER = Checker()


def checker() -> Checker:
    """This process's checker; a run starts it early."""
    return _CHECKER
