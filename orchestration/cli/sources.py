"""`warehouse sources`: which sources there are, what each gives, and what it needs before it is requested."""

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestration.cli.query import write
from orchestration.report.query_result import Format, QueryResult

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


HEADINGS = {
    State.ready: "Ready",
    State.refused: "Not requested: a setting is wrong",
    State.no_key: "Not requested: a key is missing",
    State.not_opted_in: "Not requested without your yes",
    State.collected: "Streams",
    State.imported: "Your files",
}
STYLES = {State.ready: "green", State.refused: "bold red", State.no_key: "yellow"}


@dataclass(frozen=True)
class SourceLine:
    """One source. `gives` are the titles of its datasets, `needs` is the next step, empty where none is needed."""

    source: str
    state: State
    gives: tuple[str, ...]
    needs: str
    licence: str


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
    return SourceLine(provider.name, state, tuple(dataset.title for dataset in found), needs, provider.licence)


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
        return State.ready, f"{provider.api_key_variable} raises its limits (optional)"
    return State.ready, ""


def print_sources(settings: "Settings", format_: Format) -> None:
    """Print the sources, as a table whose texts wrap, or as CSV, JSON or Markdown."""
    lines = list_sources(settings)
    if format_ is not Format.table:
        rows = [(line.source, str(line.state), "; ".join(line.gives), line.needs, line.licence) for line in lines]
        write(QueryResult(["source", "state", "gives", "needs", "licence"], rows), format_)
        return
    console = Console(file=sys.stdout)
    for state in State:
        listed = [line for line in lines if line.state is state]
        if listed:
            console.print(Text(f"{HEADINGS[state]} ({len(listed)})", style=f"bold {STYLES.get(state, '')}"))
            console.print(_table(listed))
    ready = sum(line.state is State.ready for line in lines)
    console.print(f"{ready} of {len(lines)} sources are ready: `warehouse run --source live` requests them.")


def _table(lines: list[SourceLine]) -> Table:
    """A row per source; its datasets and what it needs are lines of their own."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, min_width=24)
    table.add_column(overflow="fold")
    for line in lines:
        gives = Text("\n".join(line.gives))
        if line.needs:
            gives.append(f"\nneeds: {line.needs}" if line.state is not State.ready else f"\n{line.needs}", style="dim")
        table.add_row(Text(f"  {line.source}"), gives)
    table.add_row()
    return table
