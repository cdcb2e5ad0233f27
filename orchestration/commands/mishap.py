"""The end of a command that raised: a sentence, and for what nobody foresaw a file that can be put into an issue.

What a user can put right (`orchestration.commands.foreseen`) needs no report. For everything else the file holds the
version, the command and the traceback; values of keys, passwords and webhooks are struck out of all of it.
"""

import os
import platform
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from pathlib import Path

from orchestration.commands.ending import Status
from orchestration.commands.foreseen import foreseen
from orchestration.settings import Settings, version

SECRET = re.compile(r"(KEY|PASSWORD|SECRET|TOKEN|WEBHOOK)$")
"""Names of variables whose values are nobody's business."""
SHORTEST_SECRET = 4
TOLD_OF = ("dagster", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations", "requests")
STRUCK_OUT = "[struck out]"


def guarded(command: Callable[[], object]) -> None:
    """Runs `command`; an exception ends the process with a sentence.

    What the user can put right ends it with status 2, what nobody foresaw with status 70 and a file to report.
    """
    try:
        command()
    except Exception as error:
        environment = _environment()
        if sentence := foreseen(error):
            print(f"warehouse: {strike_out(sentence, environment)}", file=sys.stderr)
            sys.exit(int(Status.WRONG_USE))
        kind, message = type(error).__name__, strike_out(str(error), environment).strip()
        first = message.splitlines()[0] if message else "no message"
        print(
            f"warehouse: something unforeseen happened ({kind}: {first}). "
            f"Please report it with the text of {_report(error, environment)}; keys are not in it",
            file=sys.stderr,
        )
        sys.exit(int(Status.UNFORESEEN))


def strike_out(text: str, environment: Mapping[str, str]) -> str:
    """The text without the value of any variable that is a secret by its name."""
    secrets = {value for name, value in environment.items() if SECRET.search(name) and len(value) >= SHORTEST_SECRET}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, STRUCK_OUT)
    return text


def _report(error: Exception, environment: Mapping[str, str]) -> Path:
    """Where the report was written: `errors/` in the home, else the folder for temporary files."""
    now = datetime.now(UTC)
    lines = [
        f"warehouse {version()}, {now:%Y-%m-%d %H:%M:%S} UTC",
        f"command: warehouse {' '.join(sys.argv[1:])}",
        f"Python {platform.python_version()} on {platform.platform()}",
        ", ".join(f"{name} {_version_of(name)}" for name in TOLD_OF),
        "",
        *traceback.format_exception(error),
    ]
    text = strike_out("\n".join(lines), environment)
    name = f"{now:%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    for folder in (_home() / "errors", Path(tempfile.gettempdir())):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            file = (folder / name).resolve()
            file.touch(mode=0o600)
            file.write_text(text)
            return file
    return Path(os.devnull)


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


def _version_of(package: str) -> str:
    try:
        return package_version(package)
    except PackageNotFoundError:
        return "missing"
