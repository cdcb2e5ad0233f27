"""`warehouse status`: each dataset's last attempt, how far its figures reach, and what is published."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orchestration.cli.query import write
from orchestration.report.query_result import Format, QueryResult

if TYPE_CHECKING:
    from orchestration.settings import Settings
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


def print_status(format_: Format) -> None:
    """One row per dataset; then, on a terminal, the published version."""
    from orchestration.release.publish import current
    from orchestration.settings import Settings
    from orchestration.sources.shared.registry import datasets

    settings = Settings.load()
    reaches, busy = _reaches(settings)
    known = {(dataset.provider.name, dataset.name) for dataset in datasets()}
    rows: list[tuple[Any, ...]] = []
    for dataset in datasets():
        name = (dataset.provider.name, dataset.name)
        reach, keyed = reaches.get(name, Reach()), _keyed(settings, dataset.provider)
        rows.append((*name, *reach.row, keyed, reach.message))
    for name, reach in reaches.items():
        if name not in known:
            # The user's claims, and datasets of an earlier version.
            rows.append((*name, *reach.row, "no key needed", reach.message))
    columns = ["source", "dataset", "last_outcome", "last_good_at", "newest_until_at", "due_until_at", "lag_hours"]
    write(QueryResult([*columns, "keyed", "message"], rows), format_)
    if format_ is Format.table:
        release = current(settings.published)
        print(f"published: {release.version} ({release.origin})" if release else "published: nothing yet")
        if busy:
            print(busy)


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
    now = settings.now().replace(tzinfo=None)
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
                    f"select {dataset.covers_until or 'null'}, {DUE[dataset.due]} from raw.{dataset.table}"
                    f"{'' if dataset.covers_until else ' limit 1'}",
                    {"now": now},
                ).fetchone()
                newest, due = row or (None, None)
                reaches[source, name] = Reach(outcome, message, last_good_at, newest, due)
    except WarehouseBusy as busy:
        return {}, str(busy)
    return reaches, None
