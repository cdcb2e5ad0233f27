"""An answer that knows less than what is stored is an older copy, from a cache or a broken page: refused as a whole.

Its rows would be new versions of settled figures, and a dash would take a figure back. Nothing that is stored is ever
removed because an answer lacks it.
"""

from collections.abc import Sequence

import duckdb

from orchestration.ingest.landing import StoredResponse
from orchestration.raw.batch import Refused
from orchestration.sources.shared.contract import Dataset, RejectedRecord, Supersession


def refuse_older_copies(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    answers: Sequence[StoredResponse],
    refused_rows: Sequence[Refused],
) -> list[Refused]:
    """Take the rows of older copies out of `fetched`, answer by answer, and say why. `answers` are oldest first.

    Rows that were refused one by one (`refused_rows`) were there: they make no answer shorter.
    """
    rule = dataset.supersedes
    if rule is None:
        return []
    refused: list[Refused] = []
    unfit = {answer.response_id: len(records) for answer, records in refused_rows}
    for answer in answers:
        reason = _reason(connection, dataset, rule, answer, unfit.get(answer.response_id, 0))
        if reason:
            connection.execute("delete from fetched where response_id = ?", [answer.response_id])
            refused.append((answer, [RejectedRecord(f"all of {answer.request.path}", reason)]))
    return refused


def _reason(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, rule: Supersession, answer: StoredResponse, unfit: int
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
        with told as (select * from fetched where response_id = $answer and not is_broken and {is_session}),
        before as (
            select {columns} from raw.{dataset.table}
            where {rule.subject} in (select {rule.subject} from told) and observed_at < $at and {is_session}
            union all
            select {columns} from fetched
            where {rule.subject} in (select {rule.subject} from told) and turn < (select any_value(turn) from told)
                and {is_session}
        )
        select (select {rule.newest} from told), (select {rule.newest} from before),
            (select {rule.size} from told), (select {rule.size} from before)
        """,
        {"answer": answer.response_id, "at": answer.observed_at.replace(tzinfo=None)},
    ).fetchone()
    assert found is not None
    newest, newest_before, size, size_before = found
    if newest_before and (newest is None or newest < newest_before):
        return f"it ends with {newest or 'nothing'} where {newest_before} was there before: an older copy, not taken"
    if rule.is_whole(answer.request) and size + unfit < size_before:
        return f"it has figures of {size} days where {size_before} were there before: not the whole, not taken"
    return None
