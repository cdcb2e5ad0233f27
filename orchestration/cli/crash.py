"""The end of a command that raised: a sentence, and for what nobody foresaw a file that can be put into an issue.

What a user can put right (`orchestration.cli.foreseen`) needs no report; for everything else
`orchestration.defects` writes the file.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from orchestration.cli.exit_codes import Status
from orchestration.cli.foreseen import known_problem
from orchestration.defects import first_line, write_report
from orchestration.redaction import strike_out
from orchestration.settings import Settings


def guarded(command: Callable[[], object]) -> None:
    """Runs `command`; an exception ends the process with a sentence.

    What the user can put right ends it with status 2, what nobody foresaw with status 70 and a file to report.
    """
    try:
        command()
    except Exception as error:
        environment = _environment()
        if sentence := known_problem(error):
            print(f"warehouse: {strike_out(sentence, environment)}", file=sys.stderr)
            sys.exit(int(Status.WRONG_USE))
        print(
            f"warehouse: something unforeseen happened ({first_line(error, environment)}). "
            f"Please report it with the text of {write_report(error, environment, _home())}; keys are not in it",
            file=sys.stderr,
        )
        sys.exit(int(Status.UNFORESEEN))


def _environment() -> Mapping[str, str]:
    """The environment with `.env`, as the settings have it; they may themselves be what went wrong."""
    try:
        return Settings.load().environment
    except Exception:
        return dict(os.environ)


def _home() -> Path:
    try:
        return Settings.load().home
    except Exception:
        return Path("data")
