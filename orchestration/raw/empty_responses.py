"""Responses without a row where figures are due: an empty list is not a complete response.

An empty response is normal before an asset is listed (nothing came before it, and something after it), for a window in
which no interval has ended, and where a dataset declares it: an hour without a liquidation (`Dataset.empty_is_normal`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from orchestration.ingest.landing import StoredResponse
from orchestration.sources.shared.contract import Dataset


def empty_where_due(dataset: Dataset, responses: Sequence[StoredResponse], without_rows: Collection[str]) -> list[str]:
    """Windows without figures that were due, as 'BTC from 2025-05-01'. `without_rows` are ids of the `responses`.

    Per subject: all of its windows, or those that follow a window with figures. The pages of a window count as one
    response: the last page may be empty.
    """
    if dataset.empty_is_normal:
        return []
    empty: list[str] = []
    for subject in dict.fromkeys(stored.request.subject for stored in responses):
        mine = sorted((stored for stored in responses if stored.request.subject == subject), key=_begins)
        filled = [index for index, stored in enumerate(mine) if stored.response_id not in without_rows]
        first = filled[0] if filled else -1
        windows = {mine[index].request.window for index in filled}
        later = [stored for stored in mine[first + 1 :] if stored.request.window not in windows]
        due = [stored for stored in later if _has_ended_interval(dataset, stored)]
        if not filled and not any(stored.request.window for stored in mine):
            empty.append(subject)
        empty += [f"{subject} from {_begins(stored):%Y-%m-%d}" for stored in due]
    return list(dict.fromkeys(empty))


def missing_sentence(dataset: Dataset, empty: Sequence[str]) -> str | None:
    """The message of a run about them; None where nothing is missing."""
    if not empty:
        return None
    named = ", ".join(empty[:3]) + (f" and {len(empty) - 3} more" if len(empty) > 3 else "")
    return (
        f"{dataset.provider.name} {dataset.name}: no figures for {named}, where figures are due; run again "
        "later, and if it stays so, check the names in dbt_project/seeds/asset_symbols.csv"
    )


def _begins(stored: StoredResponse) -> datetime:
    return stored.request.window.start if stored.request.window else stored.fetched_at


def _has_ended_interval(dataset: Dataset, stored: StoredResponse) -> bool:
    """True when the window holds a whole interval of the dataset's grid (a UTC day without one) that has ended."""
    window = stored.request.window
    if window is None:
        return False
    every = next((stamp.every for stamp in dataset.timestamps.values() if stamp.every), timedelta(days=1))
    midnight = window.start.replace(hour=0, minute=0, second=0, microsecond=0)
    opens = midnight - (midnight - window.start) // every * every
    return opens + every <= min(window.end, stored.fetched_at)
