"""Answers without a row where figures are due: a provider that answers an empty list has not answered.

An empty answer is normal before an asset is listed (nothing came before it, and something after it), for a window in
which no interval has ended, and where a dataset says so: an hour without a liquidation (`Dataset.empty_is_normal`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from orchestration.ingest.landing import StoredResponse
from orchestration.sources.shared.contract import Dataset


def due_and_empty(dataset: Dataset, answers: Sequence[StoredResponse], without_rows: Collection[str]) -> list[str]:
    """What came without figures that were due, as 'BTC from 2025-05-01'. `without_rows` are ids of the `answers`.

    Per subject: all of its windows, or those that follow on one with figures. The pages of a window are one answer: the
    last of them may be empty.
    """
    if dataset.empty_is_normal:
        return []
    empty: list[str] = []
    for subject in dict.fromkeys(answer.request.subject for answer in answers):
        mine = sorted((answer for answer in answers if answer.request.subject == subject), key=_begins)
        filled = [index for index, answer in enumerate(mine) if answer.response_id not in without_rows]
        first = filled[0] if filled else -1
        windows = {mine[index].request.window for index in filled}
        later = [answer for answer in mine[first + 1 :] if answer.request.window not in windows]
        due = [answer for answer in later if _has_ended_interval(dataset, answer)]
        if not filled and not any(answer.request.window for answer in mine):
            empty.append(subject)
        empty += [f"{subject} from {_begins(answer):%Y-%m-%d}" for answer in due]
    return list(dict.fromkeys(empty))


def sentence(dataset: Dataset, empty: Sequence[str]) -> str:
    """What a run says of them."""
    named = ", ".join(empty[:3]) + (f" and {len(empty) - 3} more" if len(empty) > 3 else "")
    return (
        f"{dataset.provider.name} {dataset.name}: an answer without figures for {named}, where figures are due; run "
        "again later, and if it stays so, check the names in dbt_project/seeds/asset_symbols.csv"
    )


def _begins(answer: StoredResponse) -> datetime:
    return answer.request.window.start if answer.request.window else answer.fetched_at


def _has_ended_interval(dataset: Dataset, answer: StoredResponse) -> bool:
    """True when the window holds a whole interval of the dataset's grid (a UTC day without one) that has ended."""
    window = answer.request.window
    if window is None:
        return False
    every = next((stamp.every for stamp in dataset.timestamps.values() if stamp.every), timedelta(days=1))
    midnight = window.start.replace(hour=0, minute=0, second=0, microsecond=0)
    opens = midnight - (midnight - window.start) // every * every
    return opens + every <= min(window.end, answer.fetched_at)
