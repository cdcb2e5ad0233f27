"""`warehouse status`: what each source last said, how far it reaches, and what is published."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from orchestration.commands.sql import write
from orchestration.report.answers import Answer, Format

if TYPE_CHECKING:
    from orchestration.settings import Settings
    from orchestration.sources.contract import Provider

LAST_GOOD = """
select source, dataset, max(fetched_at), max(window_end)
from raw.responses where status = 200 group by all
"""


def tell_status(format_: Format) -> None:
    """One row per dataset; then, on a terminal, the published version."""
    from orchestration.publish import current
    from orchestration.settings import Settings
    from orchestration.sources.registry import datasets

    settings = Settings.load()
    good, attempts, busy = _records()
    now = settings.now().replace(tzinfo=None)
    rows: list[tuple[Any, ...]] = []
    for dataset in datasets():
        name = (dataset.provider.name, dataset.name)
        fetched_at, until = good.get(name, (None, None))
        outcome, message = attempts.get(name, ("never asked", None))
        keyed = _keyed(settings, dataset.provider)
        rows.append((*name, outcome, fetched_at, until, _hours(now, fetched_at), keyed, message))
    columns = ["source", "dataset", "last_outcome", "last_good_at", "window_end_at", "lag_hours", "keyed", "message"]
    write(Answer(columns, rows), format_)
    if format_ is Format.table:
        release = current(settings.published)
        print(f"published: {release.version} ({release.origin})" if release else "published: nothing yet")
        if busy:
            print(busy)


def _keyed(settings: "Settings", provider: "Provider") -> str:
    variable = provider.api_key_variable
    if variable is None:
        return "no key needed"
    if settings.origin in ("sample", "sample-full"):
        return "the sample brings its own"
    return "yes" if settings.api_key(provider) else f"no: set {variable}"


def _hours(now: datetime, fetched_at: datetime | None) -> float | None:
    return round((now - fetched_at).total_seconds() / 3600, 1) if fetched_at else None


def _records() -> tuple[dict[tuple[str, str], Any], dict[tuple[str, str], Any], str | None]:
    from orchestration.settings import Settings
    from orchestration.warehouse import WarehouseBusy, connect

    file = Settings.load().working_file
    if not file.exists():
        return {}, {}, None
    try:
        with connect(file, read_only=True) as connection:
            good = {(row[0], row[1]): row[2:] for row in connection.execute(LAST_GOOD).fetchall()}
            attempts = {
                (row[0], row[1]): row[2:]
                for row in connection.execute(
                    "select source, dataset, outcome, message from raw.extractions"
                ).fetchall()
            }
    except WarehouseBusy as busy:
        return {}, {}, str(busy)
    return good, attempts, None
