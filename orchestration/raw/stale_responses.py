"""Responses that hold less than what is stored: older copies from a cache, or broken pages. They are rejected whole.

Their rows would become new versions of final figures, and a dash would withdraw a figure. No stored row is ever removed
because a response lacks it.
"""

from collections.abc import Sequence

import duckdb

from orchestration.ingest.landing import StoredResponse
from orchestration.raw.batch import ResponseRejections
from orchestration.sources.shared.contract import Dataset, RejectedRecord, Supersession


def reject_stale_responses(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    responses: Sequence[StoredResponse],
    rejected_rows: Sequence[ResponseRejections],
) -> list[ResponseRejections]:
    """Remove the rows of stale responses from `batch_rows`. `responses` are oldest first; returns the reasons.

    Rows that were rejected one by one (`rejected_rows`) count as present in their response.
    """
    rule = dataset.supersedes
    if rule is None:
        return []
    rejected: list[ResponseRejections] = []
    rejected_count = {stored.response_id: len(records) for stored, records in rejected_rows}
    for stored in responses:
        reason = _reason(connection, dataset, rule, stored, rejected_count.get(stored.response_id, 0))
        if reason:
            connection.execute("delete from batch_rows where response_id = ?", [stored.response_id])
            rejected.append((stored, [RejectedRecord(f"all of {stored.request.path}", reason)]))
    return rejected


def _reason(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    rule: Supersession,
    stored: StoredResponse,
    rejected_count: int,
) -> str | None:
    """Why a response is stale, compared with stored rows and earlier responses of this batch; None when it is not."""
    columns = ", ".join(dataset.columns)
    # In the first run the calendar may be empty still: then every weekday counts as a session.
    is_session = (
        "case when exists (from raw.nyse_sessions) "
        f"then {rule.session} in (select session_date from raw.nyse_sessions) else isodow({rule.session}) <= 5 end"
    )
    found = connection.execute(
        f"""
        with response_rows as (select * from batch_rows where response_id = $stored and not is_broken and {is_session}),
        before as (
            select {columns} from raw.{dataset.table}
            where {rule.subject} in (select {rule.subject} from response_rows) and observed_at < $at and {is_session}
            union all
            select {columns} from batch_rows
            where {rule.subject} in (select {rule.subject} from response_rows)
                and turn < (select any_value(turn) from response_rows) and {is_session}
        )
        select (select {rule.newest} from response_rows), (select {rule.newest} from before),
            (select {rule.size} from response_rows), (select {rule.size} from before)
        """,
        {"stored": stored.response_id, "at": stored.observed_at.replace(tzinfo=None)},
    ).fetchone()
    assert found is not None
    newest, newest_before, size, size_before = found
    if newest_before and (newest is None or newest < newest_before):
        return f"it ends with {newest or 'nothing'}, but {newest_before} is stored already: an older copy, not loaded"
    if rule.is_whole(stored.request) and size + rejected_count < size_before:
        return f"it has figures of {size} days, but {size_before} are stored already: incomplete, not loaded"
    return None
