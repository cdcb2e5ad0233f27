"""An answer that knows less than what is stored is an older copy, from a cache or a broken page: refused as a whole.

Its rows would be new versions of settled figures, and a dash would take a figure back. Nothing that is stored is ever
removed because an answer lacks it.
"""

from collections.abc import Sequence

import duckdb

from orchestration.ingest.landing import StoredResponse
from orchestration.raw.batch import Refused
from orchestration.sources.shared.contract import Dataset, RejectedRecord, Supersession


def reject_stale_responses(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    responses: Sequence[StoredResponse],
    refused_rows: Sequence[Refused],
) -> list[Refused]:
    """Take the rows of older copies out of `fetched`, answer by answer, and say why. `answers` are oldest first.

    Rows that were refused one by one (`refused_rows`) were there: they make no answer shorter.
    """
    rule = dataset.supersedes
    if rule is None:
        return []
    refused: list[Refused] = []
    rejected_count = {stored.response_id: len(records) for stored, records in refused_rows}
    for stored in responses:
        reason = _reason(connection, dataset, rule, stored, rejected_count.get(stored.response_id, 0))
        if reason:
            connection.execute("delete from batch_rows where response_id = ?", [stored.response_id])
            refused.append((stored, [RejectedRecord(f"all of {stored.request.path}", reason)]))
    return refused


def _reason(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    rule: Supersession,
    stored: StoredResponse,
    rejected_count: int,
) -> str | None:
    """Why an answer is an older copy, beside what was stored before it and what came before it in this batch."""
    columns = ", ".join(dataset.columns)
    # The first run may get here before the calendar: then every day but the weekend is a session.
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
        return f"it ends with {newest or 'nothing'} where {newest_before} was there before: an older copy, not taken"
    if rule.is_whole(stored.request) and size + rejected_count < size_before:
        return f"it has figures of {size} days where {size_before} were there before: not the whole, not taken"
    return None
