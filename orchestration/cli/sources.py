"""`warehouse sources`: which sources there are, what each gives, and what it needs before it is requested."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from orchestration.cli.query import write
from orchestration.report.query_result import Format, QueryResult
from orchestration.report.terminal import Terminal
from orchestration.report.wrapping import paragraph

if TYPE_CHECKING:
    from orchestration.settings import Settings
    from orchestration.sources.shared.contract import Dataset
    from orchestration.sources.shared.provider import Provider


class State(StrEnum):
    """Whether the next live run requests a source. In the order in which they are listed."""

    ready = "ready"
    refused = "wrong setting"
    no_key = "needs a key"
    not_opted_in = "opt-in"
    collected = "collected"
    imported = "import"


CONFIGURED = ("key set", "opted in")
HEADINGS = {
    "configured": ("Configured by you", "bold green"),
    State.ready: ("Keyless: ready as they are", "bold green"),
    State.refused: ("Not requested: a setting is wrong", "bold red"),
    State.no_key: ("Keyed: not requested without a key", "bold yellow"),
    State.not_opted_in: ("Opt-in: not requested without your yes", "bold yellow"),
    State.collected: ("Streams", "bold"),
    State.imported: ("Your files", "bold"),
}
NAME_WIDTH = 27


@dataclass(frozen=True)
class SourceLine:
    """One source. `gives` are the titles of its datasets, `needs` is the next step, empty where none is needed.

    `access` is how it is opened: keyless, a key (set, missing or optional), or an opt-in.
    """

    source: str
    state: State
    gives: tuple[str, ...]
    needs: str
    licence: str
    access: str


def list_sources(settings: "Settings") -> list[SourceLine]:
    """Every source of the registry, those that a live run requests first, then by name."""
    from orchestration.sources.shared.registry import datasets

    by_provider: dict[Provider, list[Dataset]] = {}
    for dataset in datasets():
        by_provider.setdefault(dataset.provider, []).append(dataset)
    lines = [_line(settings, provider, found) for provider, found in by_provider.items()]
    order = list(State)
    return sorted(lines, key=lambda line: (order.index(line.state), line.source))


def _line(settings: "Settings", provider: "Provider", found: "list[Dataset]") -> SourceLine:
    state, needs = _state(settings, provider, found[0])
    gives = tuple(dataset.title for dataset in found)
    return SourceLine(provider.name, state, gives, needs, provider.licence, _access(settings, provider))


def _access(settings: "Settings", provider: "Provider") -> str:
    if provider.api_key_variable is not None:
        has_key = settings.api_key(provider) is not None
        return "key set" if has_key else "key missing" if provider.key_required else "key optional"
    if provider.opt_in_variable is not None:
        return "opted in" if settings.is_enabled(provider) else "opt-in"
    return "keyless"


def _state(settings: "Settings", provider: "Provider", dataset: "Dataset") -> tuple[State, str]:
    if dataset.file_pattern is not None:
        return State.imported, f"files like '{dataset.file_pattern}' in {settings.imports}"
    if dataset.is_collected:
        return State.collected, "`warehouse collect`, which listens until it is interrupted"
    refusal = settings.refusal(provider)
    if refusal is not None:
        return State.refused, refusal
    if not settings.is_enabled(provider):
        return State.not_opted_in, f"{provider.opt_in_variable}=yes"
    if provider.key_required and settings.api_key(provider) is None:
        return State.no_key, f"{provider.api_key_variable}"
    if provider.api_key_variable is not None and settings.api_key(provider) is None:
        return State.ready, f"{provider.api_key_variable} raises its limits"
    return State.ready, ""


def print_sources(settings: "Settings", format_: Format) -> None:
    """Print the sources, as text of the terminal's width, or as CSV, JSON or Markdown."""
    lines = list_sources(settings)
    if format_ is Format.table:
        sys.stdout.write(sources_text(lines, Terminal.of()))
        return
    rows = [
        (line.source, str(line.state), "; ".join(line.gives), line.needs, line.licence, line.access) for line in lines
    ]
    write(QueryResult(["source", "state", "gives", "needs", "licence", "access"], rows), format_)


def sources_text(lines: Sequence[SourceLine], terminal: Terminal) -> str:
    """The sources under the heading of their state."""
    blocks = []
    for group, (heading, style) in HEADINGS.items():
        listed = [line for line in lines if _group(line) == group]
        if listed:
            title = terminal.styled(f"{heading} ({len(listed)})", style)
            blocks.append("\n".join([title, *(_entry(line, terminal) for line in listed)]) + "\n\n")
    ready = sum(line.state is State.ready for line in lines)
    last = f"{ready} of {len(lines)} sources are ready: `warehouse run --source live` requests them."
    return "".join(blocks) + paragraph(last, terminal.width) + "\n"


def _group(line: SourceLine) -> str:
    return "configured" if line.state is State.ready and line.access in CONFIGURED else line.state


def _entry(line: SourceLine, terminal: Terminal) -> str:
    """A source; its datasets, and what it needs, are lines of their own beside its name."""
    lines = [paragraph(title, terminal.width, NAME_WIDTH + 2, first=NAME_WIDTH) for title in line.gives]
    is_ready = line.state is State.ready
    note = line.needs if is_ready else f"needs: {line.needs}"
    if is_ready and line.access in CONFIGURED:
        note = line.access
    if note:
        lines.append(terminal.styled(paragraph(note, terminal.width, NAME_WIDTH + 2, first=NAME_WIDTH), "dim"))
    return f"  {line.source}".ljust(NAME_WIDTH) + "\n".join(lines)[NAME_WIDTH:]
