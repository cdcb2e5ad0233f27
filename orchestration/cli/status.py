"""`warehouse status`: each dataset's last attempt, how far its figures reach, and what is published."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from orchestration.cli.query import write
from orchestration.report.query_result import Format, QueryResult
from orchestration.report.terminal import Terminal
from orchestration.report.terminal_table import terminal_table
from orchestration.report.wrapping import paragraph

if TYPE_CHECKING:
    from orchestration.settings import Settings
    from orchestration.sources.shared.contract import Dataset
    from orchestration.sources.shared.provider import Provider

ATTEMPTS = """
select source, dataset, a.outcome, a.message, r.fetched_at
from raw.extractions as a
left join (
    select source, dataset, max(fetched_at) as fetched_at from raw.responses where status = 200 group by all
) as r using (source, dataset)
"""
DUE = {
    "hour": "date_trunc('hour', $now)",
    "utc_day": "date_trunc('day', $now)",
    # The last fund has reported by 09:00 in New York on the morning after the session.
    "nyse_session": "(select max(session_date) + interval 1 day from raw.nyse_sessions "
    "where session_date + interval 38 hours <= $now)",
}
"""The end of the newest window that is due at `now`, per kind of window."""
WIDTH_WITH_TITLES = 110
MOST_NAMED = 6
"""Of more datasets that are not requested for the same reason only the number is shown."""


class State(StrEnum):
    """How a dataset stands, the worst first."""

    failed = "failed"
    partial = "partial"
    behind = "behind"
    never = "never"
    current = "current"
    skipped = "skipped"


HEADINGS = {
    State.failed: "Failed",
    State.partial: "Partly failed",
    State.behind: "Behind",
    State.never: "Never requested",
    State.current: "Up to date",
    State.skipped: "Not requested",
}
STYLES = {
    State.failed: "bold red",
    State.partial: "bold yellow",
    State.behind: "bold yellow",
    State.never: "bold",
    State.current: "bold green",
    State.skipped: "bold",
}


@dataclass(frozen=True)
class Reach:
    """The newest attempt on a dataset; how far its figures reach, and how far they should (UTC)."""

    outcome: str = "never attempted"
    message: str | None = None
    last_good_at: datetime | None = None
    newest_until_at: datetime | None = None
    due_until_at: datetime | None = None

    @property
    def row(self) -> tuple[Any, ...]:
        """The columns of `warehouse status` between the names and the key."""
        return (self.outcome, self.last_good_at, self.newest_until_at, self.due_until_at, self.lag_hours)

    @property
    def lag_hours(self) -> float | None:
        """Hours of figures that are due and missing; None where nothing is known."""
        if self.newest_until_at is None or self.due_until_at is None:
            return None
        return round(max(0.0, (self.due_until_at - self.newest_until_at).total_seconds() / 3600), 1)


@dataclass(frozen=True)
class Line:
    """What is known about a dataset: its names and title, its reach, and whether its key is set."""

    source: str
    dataset: str
    title: str
    reach: Reach
    keyed: str
    next_step: str = "`warehouse run` requests it again"
    """What brings newer figures, where they are behind."""

    @property
    def name(self) -> str:
        return f"{self.source} {self.dataset}"


def print_status(format_: Format) -> None:
    """On a terminal the published version and the datasets, worst first; else one row per dataset."""
    from orchestration.release.publish import current
    from orchestration.settings import Settings

    settings = Settings.load()
    lines, busy = _lines(settings)
    if format_ is not Format.table:
        rows = [(line.source, line.dataset, *line.reach.row, line.keyed, line.reach.message) for line in lines]
        columns = ["source", "dataset", "last_outcome", "last_good_at", "newest_until_at", "due_until_at", "lag_hours"]
        write(QueryResult([*columns, "keyed", "message"], rows), format_)
        return
    release = current(settings.published)
    print(f"published  {release.version} ({release.origin})" if release else "published  nothing yet: `warehouse run`")
    print(f"home       {settings.home}")
    if busy:
        print(busy)
    else:
        sys.stdout.write(status_text(lines, Terminal.of()))


def status_text(lines: Sequence[Line], terminal: Terminal) -> str:
    """The datasets, worst first, as text of the terminal's width; those that are not requested in a line per reason."""
    blocks = []
    for state in State:
        chosen = [line for line in lines if state_of(line) is state]
        if chosen:
            heading = terminal.styled(f"{HEADINGS[state]} ({len(chosen)})", STYLES[state])
            blocks.append(f"\n{heading}\n{_block(state, chosen, terminal)}\n")
    return "".join(blocks)


def state_of(line: Line) -> State:
    """How a dataset stands: the outcome of its newest attempt, and whether its figures reach as far as they are due."""
    if line.reach.outcome in ("failed", "partial", "skipped"):
        return State(line.reach.outcome)
    if line.reach.outcome == Reach().outcome:
        return State.never
    return State.behind if line.reach.lag_hours else State.current


def _block(state: State, lines: Sequence[Line], terminal: Terminal) -> str:
    if state is State.skipped:
        return "\n".join(_reasons(lines, terminal))
    if state is State.never:
        named = ", ".join(line.name for line in lines) if len(lines) <= MOST_NAMED else f"{len(lines)} datasets"
        return paragraph(f"{named}: `warehouse run` requests those that are ready", terminal.width, 2)
    if state is State.current:
        return _current(lines, terminal)
    worst_first = sorted(lines, key=lambda line: -(line.reach.lag_hours or 0))
    return "\n".join(_trouble(state, line, terminal) for line in worst_first)


def _current(lines: Sequence[Line], terminal: Terminal) -> str:
    """A table of the datasets; with their titles, where the terminal is wide enough."""
    columns = ["source", "dataset", "figures until", "last good", "title"]
    shown = len(columns) if terminal.width >= WIDTH_WITH_TITLES else len(columns) - 1
    rows = [
        (line.source, line.dataset, _minute(line.reach.newest_until_at), _minute(line.reach.last_good_at), line.title)
        for line in lines
    ]
    table = terminal_table(QueryResult(columns[:shown], [row[:shown] for row in rows]), terminal)
    return "\n".join(table.splitlines()[:-1])


def _trouble(state: State, line: Line, terminal: Terminal) -> str:
    """A dataset with its title, how far it is, and what to do."""
    reach = line.reach
    facts = [f"figures until {reach.newest_until_at:%Y-%m-%d %H:%M}" if reach.newest_until_at else "no figures yet"]
    if reach.lag_hours:
        facts.append(f"{_span(reach.lag_hours)} behind")
    facts.append(
        f"last good response {reach.last_good_at:%Y-%m-%d %H:%M}" if reach.last_good_at else "no good response"
    )
    message = (reach.message or "").removeprefix(f"{line.name}: ")
    step = message or line.next_step
    return "\n".join(
        [
            paragraph(f"{line.name}: {line.title}" if line.title else line.name, terminal.width, 4, first=2),
            paragraph(", ".join(facts), terminal.width, 4),
            paragraph(f"next: {step}" if state is State.behind else step, terminal.width, 4),
        ]
    )


def _minute(instant: datetime | None) -> str | None:
    return f"{instant:%Y-%m-%d %H:%M}" if instant else None


def _span(hours: float) -> str:
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:g} hours"


def _reasons(lines: Sequence[Line], terminal: Terminal) -> Iterator[str]:
    """A line per reason with the sources that it holds for, or their number; `warehouse sources` lists the rest."""
    by_reason: dict[str, dict[str, None]] = {}
    for line in lines:
        by_reason.setdefault(line.reach.message or "no reason given", {})[line.source] = None
    for reason, sources in by_reason.items():
        named = ", ".join(sources) if len(sources) <= MOST_NAMED else f"{len(sources)} sources"
        yield paragraph(f"{reason}: {named}", terminal.width, 4, first=2)
    yield "  `warehouse sources` lists what each of them gives and needs"


def _lines(settings: "Settings") -> tuple[list[Line], str | None]:
    """Every dataset, then the user's claims and datasets of an earlier version; a sentence while the file is in use."""
    from orchestration.sources.shared.registry import datasets

    reaches, busy = _reaches(settings)
    lines = []
    for dataset in datasets():
        name = (dataset.provider.name, dataset.name)
        keyed = _keyed(settings, dataset.provider)
        lines.append(Line(*name, dataset.title, reaches.pop(name, Reach()), keyed, next_step_of(dataset)))
    lines += [Line(*name, "", reach, "no key needed") for name, reach in reaches.items()]
    return lines, busy


def next_step_of(dataset: "Dataset") -> str:
    """What brings newer figures of a dataset that is behind."""
    if dataset.file_pattern is not None:
        return "put a newer file into imports/"
    if dataset.is_collected:
        return "`warehouse collect` listens to it, and the next run loads the hours that are over"
    return Line.next_step


def _keyed(settings: "Settings", provider: "Provider") -> str:
    if not settings.is_enabled(provider):
        return f"no: opt in with {provider.opt_in_variable}=yes"
    variable = provider.api_key_variable
    if variable is None:
        return "no key needed"
    if settings.origin in ("sample", "sample-full"):
        return "the sample brings its own"
    return "yes" if settings.api_key(provider) else f"no: set {variable}"


def _reaches(settings: "Settings") -> tuple[dict[tuple[str, str], Reach], str | None]:
    """The reach of each dataset in the working file; a sentence instead while a run holds the file."""
    from orchestration.file_errors import WarehouseBusy
    from orchestration.raw.working_file import connect
    from orchestration.sources.shared.registry import datasets

    if not settings.working_file.exists():
        return {}, None
    known = {(dataset.provider.name, dataset.name): dataset for dataset in datasets()}
    reaches: dict[tuple[str, str], Reach] = {}
    try:
        with connect(settings.working_file, read_only=True) as connection:
            for source, name, outcome, message, last_good_at in connection.execute(ATTEMPTS).fetchall():
                dataset = known.get((source, name))
                if dataset is None:
                    reaches[source, name] = Reach(outcome, message, last_good_at)
                    continue
                row = connection.execute(
                    f"select {dataset.covers_until or 'null'}, {DUE[dataset.due]} "
                    f"from raw.{dataset.table}{'' if dataset.covers_until else ' limit 1'}",
                    {"now": settings.now().replace(tzinfo=None)},
                ).fetchone()
                newest, due = row or (None, None)
                reaches[source, name] = Reach(outcome, message, last_good_at, newest, due)
    except WarehouseBusy as busy:
        return {}, str(busy)
    return reaches, None
