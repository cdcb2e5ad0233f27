"""What is told of the records that were refused: a row that is not there must be missed by somebody.

Every one of them is kept in `raw.rejected_records` with its reason (`orchestration.warehouse.reject`); here they become
a sentence for whoever ran the job.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from orchestration.sources.contract import Dataset

EXAMPLES = 2
"""Records that a sentence names, and notices that are told."""
EXCERPT = 60
"""Characters of each."""


@dataclass(frozen=True)
class Rejections:
    """What was refused of some answers. `notices` are sentences about what took no row away."""

    count: int = 0
    examples: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def sentence(self) -> str | None:
        """None where nothing was refused."""
        if not self.count:
            return None
        told = "; ".join(self.examples)
        if self.count == 1:
            return f"1 record was refused: {told}"
        return f"{self.count:,} records were refused, all of them in raw.rejected_records, such as: {told}"


def rejections(connection: duckdb.DuckDBPyConnection, response_ids: Iterable[str]) -> Rejections:
    """What is on record as refused of the answers with these ids."""
    connection.execute("set variable answers = ?", [list(response_ids)])
    mine = "from raw.rejected_records where response_id in (select unnest(getvariable('answers')::varchar[]))"
    refused, noticed = f"{mine} and not coalesce(is_notice, false)", f"{mine} and is_notice"
    (count,) = connection.execute(f"select count(*) {refused}").fetchone() or (0,)
    # One of each reason, the commonest first: a thousand lines mostly fail for one of them.
    examples = connection.execute(
        f"select min(record), reason {refused} group by reason order by count(*) desc, reason limit {EXAMPLES}"
    ).fetchall()
    notices = [reason for (reason,) in connection.execute(f"select distinct reason {noticed} order by 1").fetchall()]
    if len(notices) > EXAMPLES:
        notices[EXAMPLES:] = [f"{len(notices) - EXAMPLES} more notices are in raw.rejected_records"]
    return Rejections(count, tuple(f"{_excerpt(record)!r}, {reason}" for record, reason in examples), tuple(notices))


def unfit_answers(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> frozenset[str]:
    """Ids of the answers to `dataset` of which a record was refused."""
    found = connection.execute(
        "select distinct response_id from raw.rejected_records "
        "where source = ? and dataset = ? and not coalesce(is_notice, false)",
        [dataset.provider.name, dataset.name],
    ).fetchall()
    return frozenset(response_id for (response_id,) in found)


def _excerpt(record: str) -> str:
    line = " ".join(record.split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT]}…"
