"""Texts that a user gives to a command: in UTF-8, or refused with a sentence."""

import sys

from orchestration.cli.exit_codes import stop


def standard_input() -> str:
    """All of standard input, without a byte order mark. Ends the command where it is not in UTF-8."""
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        stop("standard input is not text in UTF-8: save the text in UTF-8")


def query(text: str) -> str:
    """A query of the command line. Ends the command where it is not in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        stop("the query is not text in UTF-8: write it in UTF-8")
    return text
