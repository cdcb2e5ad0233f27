"""How a command ends: exit statuses, and a last sentence on standard error that names the next step."""

import sys
from enum import IntEnum
from typing import NoReturn

import typer


class Status(IntEnum):
    """Exit statuses of the `warehouse` command; users' scripts rely on them."""

    DONE = 0
    BLOCKED = 1
    """A blocking check failed; the earlier published version is unchanged."""
    WRONG_USE = 2
    """Also a setting, a file or a disk that can't be used. An interrupted command returns 128 plus the signal."""
    NOTHING_EXTRACTED = 3
    UNFORESEEN = 70
    """A defect of the warehouse; the last sentence names the file to report."""


def stop(sentence: str, status: Status = Status.WRONG_USE) -> NoReturn:
    """Ends the command with a sentence on standard error."""
    print(f"warehouse: {sentence}", file=sys.stderr)
    raise typer.Exit(int(status))
