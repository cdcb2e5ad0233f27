"""Rejected records: kept in `raw.rejected_records` with their reasons, and reported by the run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from orchestration.sources.shared.contract import Dataset, RejectedRecord

LONGEST_RECORD = 2_000
"""Characters of a rejected record that are kept in the table; the whole body is in the landing folder."""

EXAMPLES = 2
"""How many records and notices a sentence names."""
EXCERPT = 60
"""Characters of each."""


@dataclass(frozen=True)
class Rejections:
    """The rejected records of some responses. `notices` are sentences about oddities that cost no row."""

    count: int = 0
    examples: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def sentence(self) -> str | None:
        """None where nothing was rejected."""
        if not self.count:
            return None
        examples = "; ".join(self.examples)
        if self.count == 1:
            return f"1 record was rejected: {examples}"
        return f"{self.count:,} records were rejected, all of them in raw.rejected_records, such as: {examples}"


def reject(
    connection: duckdb.DuckDBPyConnection, key: Sequence[str], observed_at: datetime, records: Sequence[RejectedRecord]
) -> None:
    """Store records that could not be parsed, once per response, record and reason.

    `key` is source, dataset and the id of the response.
    """
    if not records:
        return
    import pyarrow as pa

    batch = pa.table(
        {
            "record": [record.record[:LONGEST_RECORD] for record in records],
            "reason": [record.reason for record in records],
            "is_notice": [record.is_notice for record in records],
        }
    )
    connection.register("rejected_batch", batch)
    connection.execute(
        """
        insert into raw.rejected_records
        select distinct ?, ?, ?, ?::timestamp, record, reason, is_notice from rejected_batch
        anti join (from raw.rejected_records where response_id = ?) using (record, reason)
        """,
        [*key, observed_at.replace(tzinfo=None), key[-1]],
    )
    connection.unregister("rejected_batch")


def rejections(connection: duckdb.DuckDBPyConnection, response_ids: Iterable[str]) -> Rejections:
    """The rejected records of the responses with these ids."""
    connection.execute("set variable responses = ?", [list(response_ids)])
    mine = "from raw.rejected_records where response_id in (select unnest(getvariable('responses')::varchar[]))"
    rejected, noticed = f"{mine} and not coalesce(is_notice, false)", f"{mine} and is_notice"
    (count,) = connection.execute(f"select count(*) {rejected}").fetchone() or (0,)
    # One of each reason, the commonest first: a thousand lines mostly fail for one reason.
    examples = connection.execute(
        f"select min(record), reason {rejected} group by reason order by count(*) desc, reason limit {EXAMPLES}"
    ).fetchall()
    notices = [reason for (reason,) in connection.execute(f"select distinct reason {noticed} order by 1").fetchall()]
    if len(notices) > EXAMPLES:
        notices[EXAMPLES:] = [f"{len(notices) - EXAMPLES} more notices are in raw.rejected_records"]
    return Rejections(count, tuple(f"{_excerpt(record)!r}, {reason}" for record, reason in examples), tuple(notices))


def rejected_response_ids(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> frozenset[str]:
    """Ids of the responses of `dataset` with a rejected record."""
    found = connection.execute(
        "select distinct response_id from raw.rejected_records "
        "where source = ? and dataset = ? and not coalesce(is_notice, false)",
        [dataset.provider.name, dataset.name],
    ).fetchall()
    return frozenset(response_id for (response_id,) in found)


def _excerpt(record: str) -> str:
    line = " ".join(record.split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT]}…"
