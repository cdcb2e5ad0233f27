"""How a command that raised ends: with a sentence, and for a defect of the warehouse with a report file.

What a user can fix (settings, homes, files, disks) becomes a sentence here, so no command has to catch it; for
everything else `orchestration.defects` writes a report that can be attached to an issue. Everything is imported when
it is needed, because most commands end well, and every command waits for what this module imports.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from orchestration.cli.exit_codes import Status


def guarded(command: Callable[[], object]) -> None:
    """Runs `command`; an exception ends the process with a sentence.

    A problem that the user can fix ends it with status 2, a defect with status 70 and a report file.
    """
    try:
        command()
    except Exception as error:
        from orchestration.defects import first_line, write_report
        from orchestration.redaction import strike_out

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
    """The environment with `.env`, as the settings read it; the settings themselves may be what failed."""
    from orchestration.settings import Settings

    try:
        return Settings.load().environment
    except Exception:
        return dict(os.environ)


def _home() -> Path:
    from orchestration.settings import Settings

    try:
        return Settings.load().home
    except Exception:
        return Path("data")


def known_problem(error: BaseException | None) -> str | None:
    """The problem and the next step, as a sentence; None for a defect.

    Looks through the causes of an error that a library wrapped, and at the first error of a group.
    """
    while error is not None:
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if sentence := _sentence(error):
            return sentence
        error = error.__cause__
    return None


def _sentence(error: BaseException) -> str | None:
    import sqlite3

    import duckdb

    from orchestration.build.invocation import TransformFailed
    from orchestration.file_errors import (
        FileUnusable,
        WarehouseBusy,
        duckdb_sentence,
        first_line,
        is_damage,
        os_sentence,
        sqlite_sentence,
    )
    from orchestration.home import WrongHome
    from orchestration.release.open import NothingPublished
    from orchestration.settings import SettingsError

    if isinstance(error, FileUnusable | NothingPublished | SettingsError | TransformFailed | WarehouseBusy | WrongHome):
        return str(error)
    if isinstance(error, duckdb.Error):
        if is_damage(str(error)):
            return f"a file of the warehouse is damaged: {first_line(error)}. `warehouse status` looks at each of them"
        return duckdb_sentence(str(error))
    if isinstance(error, sqlite3.Error):
        return sqlite_sentence(error)
    # Errors of requests are OSErrors, too, and have nothing to do with files.
    if isinstance(error, OSError) and type(error).__module__ == "builtins":
        return os_sentence(error)
    return None
