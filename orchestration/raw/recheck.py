"""Removing stored rows that today's rules reject, before the marts are built.

The rules for rows (`sources.shared.figures`) get stricter over time, and an impossible row stored by an earlier version
would end up in every release. `warehouse reparse SOURCE`, which loads all stored responses again, has the same result.

Rows that were judged under the same rules are not judged again (`known_rows.py`): of a table, those after them are. In
a lake, where other machines load too, all rows are.
"""

import hashlib
from collections.abc import Iterable, Sequence

import duckdb

from orchestration.lake.turns import commit, in_turn, is_shared
from orchestration.raw.known_rows import KnownRows, Rows, keep, known_rows, now_and_then
from orchestration.raw.rejected_records import LONGEST_RECORD
from orchestration.raw.row_rules import Rule, about_figures, timestamps_in_milliseconds
from orchestration.sources.shared.contract import Dataset

JUDGED = "judged"
"""The purpose of the notes on rows that no rule rejects."""


def reject_impossible_rows(connection: duckdb.DuckDBPyConnection, datasets: Iterable[Dataset]) -> list[str]:
    """Move stored rows that today's rules reject to `raw.rejected_records`. Returns a sentence per dataset."""
    found = connection.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall()
    stored = {table for (table,) in found}
    present = [
        (dataset, rules) for dataset in datasets if dataset.table in stored and (rules := about_figures(dataset))
    ]
    if is_shared(connection):
        sentences = [_judge(connection, dataset, rules, Rows()) for dataset, rules in present]
    else:
        sentences = _judge_new_rows(connection, present)
    return [sentence for sentence in sentences if sentence]


def _judge_new_rows(
    connection: duckdb.DuckDBPyConnection, datasets: Sequence[tuple[Dataset, Sequence[Rule]]]
) -> list[str | None]:
    """Judge the rows that were not judged under these rules, and note that they are."""
    known, notes, sentences = known_rows(connection), [], []
    for dataset, rules in datasets:
        relation = f"raw.{dataset.table}"
        basis = hashlib.sha256(repr((duckdb.__version__, rules)).encode()).hexdigest()
        note = known.get((relation, JUDGED))
        judged = note.rows if note and note.basis == basis else Rows()
        now, then = now_and_then(connection, relation, judged)
        if now == judged:
            continue
        sentence = _judge(connection, dataset, rules, judged if then == judged else Rows())
        if sentence:
            now, _ = now_and_then(connection, relation, judged)
        sentences.append(sentence)
        notes.append(KnownRows(relation, JUDGED, basis, "", now))
    keep(connection, notes)
    return sentences


def _judge(connection: duckdb.DuckDBPyConnection, dataset: Dataset, rules: Sequence[Rule], judged: Rows) -> str | None:
    """Move the impossible rows after those that are `judged`. Returns a sentence where there are any."""
    texts = [f"{column}::varchar as text_{column}" for column in dataset.columns]
    stamps = [f"{expression} as {name}" for name, expression in timestamps_in_milliseconds(dataset).items()]
    # Whether a row lay in the future or outside its window was checked on loading, with its response.
    beside = "null::timestamp as fetched_at, null::timestamp as requested_from, null::timestamp as requested_until"
    broken = " or ".join(f"({rule.fails})" for rule in rules)
    reasons = " ".join(f"when {rule.fails} then {rule.reason}" for rule in rules)
    connection.execute(
        f"""
        create or replace temp table impossible as
        with typed as (select *, rowid as place, {beside}, {", ".join(texts)}
            from raw.{dataset.table} where rowid > {judged.last_place}),
        stamped as (select {", ".join(["*", *stamps])} from typed)
        select place, response_id, observed_at, case {reasons} end as reason,
            left(to_json([{", ".join(f"text_{column}" for column in dataset.columns)}])::varchar, {LONGEST_RECORD})
                as record
        from stamped where {broken}
        """
    )
    (count, example) = connection.execute("select count(*), min(reason) from impossible").fetchone() or (0, None)
    if not count:
        return None
    source = dataset.provider.name

    def move() -> None:
        connection.execute("begin")
        connection.execute(
            "insert into raw.rejected_records select distinct ?, ?, response_id, observed_at, record, reason, false "
            "from impossible anti join raw.rejected_records using (response_id, record, reason)",
            [source, dataset.name],
        )
        connection.execute(f"delete from raw.{dataset.table} where rowid in (select place from impossible)")
        commit(connection)

    in_turn(connection, [dataset.table], move)
    rows = "1 stored row can't" if count == 1 else f"{count:,} stored rows can't"
    return (
        f"{source} {dataset.name}: {rows} be true and will not be published: {example}; "
        f"`warehouse reparse {source}` loads all of its responses again"
    )
