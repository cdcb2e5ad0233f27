"""The page of commands as Markdown, from the `warehouse` command itself."""

import re
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from pathlib import Path

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

PAGE = "reference/commands.md"
TAKES = {datetime: "a date, `2025-05-08`", Path: "a path", int: "a number"}
"""What a value is, by the type that the command declares; anything else is text."""


def commands_page() -> str:
    """Every command with its arguments and options, as `--help` shows them."""
    from orchestration.cli.main import app

    lines = [
        "# Commands",
        "",
        "`warehouse COMMAND --help` shows the same. `python -m orchestration` is the same command.",
    ]
    for name, command in _commands(typer.main.get_command(app), ""):
        lines += ["", *_section(name, command)]
    return "\n".join(lines) + "\n"


def _commands(command: object, path: str) -> Iterator[tuple[str, TyperCommand]]:
    """Commands that do something, with what is typed to run them, by name."""
    if isinstance(command, TyperGroup):
        for name, inner in sorted(command.commands.items()):
            yield from _commands(inner, f"{path} {name}".strip())
    elif isinstance(command, TyperCommand):
        yield path, command


def _section(name: str, command: TyperCommand) -> Iterator[str]:
    yield f"## warehouse {name} {{ #{name.replace(' ', '-')} }}"
    yield ""
    paragraphs = re.split(r"\n\s*\n", (command.help or "").strip())
    for paragraph in paragraphs:
        if paragraph.startswith("\b"):
            yield "\n".join(["```sh", *(line.strip() for line in paragraph.splitlines()[1:]), "```"])
        else:
            yield " ".join(paragraph.split())
        yield ""
    parameters = [one for one in command.params if isinstance(one, (TyperArgument, TyperOption)) and not one.hidden]
    if parameters:
        yield "| argument or option | takes | meaning |"
        yield "| --- | --- | --- |"
    for parameter in parameters:
        yield f"| {_spelling(parameter)} | {_takes(parameter)} | {_help(parameter)} |"


def _spelling(parameter: TyperArgument | TyperOption) -> str:
    if isinstance(parameter, TyperOption):
        return ", ".join(f"`{spelling}`" for spelling in parameter.opts)
    return f"`{(parameter.name or '').upper()}`"


def _takes(parameter: TyperArgument | TyperOption) -> str:
    kind = parameter.type_descriptor.annotation
    if kind is bool:
        return ""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{choice.value}`" for choice in kind)
    return TAKES.get(kind, "text")


def _help(parameter: TyperArgument | TyperOption) -> str:
    return " ".join((parameter.help or "").replace("|", "\\|").split())
