"""One batch of stored responses on its way into a raw table: texts, typed rows, versions.

Every body becomes texts: DuckDB reads plain arrays of arrays itself (`ArrayRows`: a million rows in seconds) and lines
of zipped files (`raw.zipped`); everything else goes through the source's parser. Then one statement types the texts of
the whole batch, and one appends what is new. The temporary table `batch_responses` (see `orchestration.raw.load`) holds
the batch's responses, `batch_rows` its rows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from orchestration.defects import Defects, ends_the_run
from orchestration.ingest.landing import DamagedFile, StoredResponse
from orchestration.raw.known_rows import forget_rows
from orchestration.raw.rejected_records import LONGEST_RECORD
from orchestration.raw.row_rules import rules, timestamps_in_milliseconds
from orchestration.raw.working_file import VERSION_COLUMNS
from orchestration.sources.shared.contract import (
    ArrayRows,
    Dataset,
    RejectedRecord,
    SourceRejected,
    SourceUnavailable,
    Window,
    ZippedCsv,
)

ROWS_PER_STRETCH = 100
"""Rows in ascending order, on average, from which on it pays to look at their order."""

ResponseRejections = tuple[StoredResponse, list[RejectedRecord]]
"""A response, and its records that could not be parsed."""


@dataclass(frozen=True)
class Loaded:
    """What a load did: rows read, rows that became a version, records rejected, and responses without any row.

    `empty_responses` are ids for one batch; for a load, subjects and windows without figures that were due.
    """

    rows_read: int
    rows_new: int
    rejected: int
    empty_responses: tuple[str, ...] = ()


def read_arrays(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, shape: ArrayRows, responses: Sequence[StoredResponse]
) -> None:
    """Fill `batch_rows` from bodies that are JSON arrays of arrays, without Python in between."""
    texts = {column: f"texts[{position + 1}]" for column, position in shape.fields.items()}
    for column, param in shape.params.items():
        # Once per response, not once per row.
        connection.execute(f"alter table batch_responses add column if not exists param_{param} varchar")
        connection.execute(f"update batch_responses set param_{param} = json_extract_string(params, '$.{param}')")
        texts[column] = f"a.param_{param}"
    source = (
        "read_json(getvariable('files'), format = 'array', records = 'false', columns = {texts: 'varchar[]'}, "
        "filename = true, compression = 'zstd') as body join batch_responses as a on a.file = body.filename"
    )
    if not responses:
        source = "(select null::varchar[] as texts) as body join batch_responses as a on false"
    connection.execute("set variable files = ?", [[str(stored.path) for stored in responses]])
    type_texts(
        connection, dataset, texts, source, f"len(texts) = {shape.width} and {shape.row_condition}", shape.close_ms
    )


def read_parsed(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, responses: Sequence[StoredResponse], defects: Defects
) -> list[ResponseRejections]:
    """Fill `batch_rows` through the source's own parser, which returns closed rows in the order of the columns.

    Returns the records that the parser rejected, per response.
    """
    assert not isinstance(dataset.read, ArrayRows | ZippedCsv)
    rejected: list[ResponseRejections] = []
    covered: dict[str, Window] = {}
    columns: dict[str, list[object]] = {"response_id": [], "texts": []}
    for stored in responses:
        try:
            response = stored.response
            parsed = dataset.read(response)
            span = dataset.covers(response) if dataset.covers else None
        except (SourceRejected, SourceUnavailable, DamagedFile) as problem:
            rejected.append((stored, [RejectedRecord(excerpt(stored), str(problem))]))
            continue
        except Exception as error:
            if ends_the_run(error):
                raise
            doing = f"{stored.source} {stored.dataset} for {stored.request.subject}: parsing the response"
            rejected.append((stored, [RejectedRecord(excerpt(stored), defects.sentence(error, doing))]))
            continue
        rejected.append((stored, parsed.rejected))
        if span:
            covered[stored.response_id] = span
        columns["response_id"] += [stored.response_id] * len(parsed.rows)
        columns["texts"] += [[None if value is None else str(value) for value in row] for row in parsed.rows]
    batch = pa.table(columns, schema=pa.schema([("response_id", pa.string()), ("texts", pa.list_(pa.string()))]))
    connection.register("parsed_rows", batch)
    texts = {column: f"texts[{i}]" for i, column in enumerate(dataset.columns, 1)}
    source = "parsed_rows as body join batch_responses as a using (response_id)"
    type_texts(connection, dataset, texts, source, f"len(texts) = {len(texts)}", "0")
    connection.unregister("parsed_rows")
    mark_covered(connection, covered)
    return rejected


def mark_covered(connection: duckdb.DuckDBPyConnection, spans: Mapping[str, Window]) -> None:
    """Record, per response, the time range it covers completely (UTC)."""
    covered = [
        {"response_id": response_id, "start": span.start, "end": span.end} for response_id, span in spans.items()
    ]
    if covered:
        connection.register("covered_rows", pa.Table.from_pylist(covered))
        connection.execute(
            "update batch_responses set covered_from = c.start::timestamp, covered_until = c.end::timestamp "
            "from covered_rows as c where batch_responses.response_id = c.response_id"
        )
        connection.unregister("covered_rows")


def append(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> Loaded:
    """Append the closed rows whose figures differ from the stored version of their key; reject broken ones.

    A row is compared with the version in force at its `observed_at`. An anti join against every version would be
    wrong: a value that flips back is a change too.
    """
    (broken,) = _row(connection, "select count(*) from batch_rows where is_broken")
    if broken:
        if dataset.summed_columns:
            _reject_incomplete_sums(connection, dataset)
        _reject_broken(connection)
    empty = connection.execute(
        "select response_id from batch_responses anti join batch_rows using (response_id) "
        "anti join (from raw.rejected_records where not is_notice) using (response_id) where status = 200 order by turn"
    ).fetchall()
    connection.execute("delete from batch_rows where is_closed is not true")
    (read,) = _row(connection, "select count(*) from batch_rows")
    if _may_repeat_keys(connection, dataset, read):
        _resolve_duplicates(connection, dataset)
    source = "batch_rows"
    if _has_rows_in_range(connection, dataset):
        _replace_same_instant(connection, dataset)
        source = _news(connection, dataset)
    columns = ", ".join([*dataset.columns, *VERSION_COLUMNS])
    (new,) = _row(connection, f"insert into raw.{dataset.table} ({columns}) select {columns} from {source}")
    (rejected,) = _row(
        connection, "select count(*) from raw.rejected_records semi join batch_responses using (response_id)"
    )
    return Loaded(read, new, rejected, tuple(response_id for (response_id,) in empty))


def _figures(dataset: Dataset) -> list[str]:
    """The columns that may differ between versions of a key."""
    return [column for column in dataset.columns if column not in dataset.key]


def _content(dataset: Dataset) -> str:
    """The expression of a row's content: a number that differs where a figure differs.

    DuckDB's hash has 64 bits: of two different contents of a key it takes one pair in 18 quintillion for the same. It
    is computed where it is compared and never stored: another version of DuckDB may hash otherwise. A table made by an
    earlier version may have another type, and would hash the same figure otherwise without the casts.
    """
    figures = [f"{column}::{dataset.columns[column]}" for column in _figures(dataset)]
    return f"hash({', '.join(figures)})" if figures else "0"


def _numbers_and_times(dataset: Dataset) -> list[str]:
    """The key columns that are no texts: they are compared fast, and their ranges differ from one load to the next."""
    return [column for column in dataset.key if dataset.columns[column] != "varchar"]


def _may_repeat_keys(connection: duckdb.DuckDBPyConnection, dataset: Dataset, read: int) -> bool:
    """Whether a key may occur twice among the `read` rows of the batch.

    Different numbers and times make keys different, too. Hashes are counted, which takes a third less time than keys;
    two keys with one hash only cost a needless pass.
    """
    rows = _rows_to_compare(connection, dataset, read)
    if rows is None:
        return False
    for columns in filter(None, (_numbers_and_times(dataset), dataset.key)):
        hashed = f"hash({', '.join(columns)})"
        different, compared = _row(connection, f"select count(distinct {hashed}), count(*) from {rows}")
        if different == compared:
            return False
    return True


def _rows_to_compare(connection: duckdb.DuckDBPyConnection, dataset: Dataset, read: int) -> str | None:
    """The rows of the batch among which a key may occur twice, as a relation; None where there are none.

    Most responses list their rows by time. Where no two stretches of ascending times meet, only neighbours of the same
    time can have the same key. To see that takes a third of the time that comparing all keys takes.
    """
    everything = "batch_rows"
    columns = _numbers_and_times(dataset)
    if not columns:
        return everything
    time = next((column for column in dataset.timestamps if column in columns), columns[0])
    # Each row beside the one before, in the order in which they lie in the table, whatever that is: this needs no sort.
    steps = (
        f"(select *, turn is distinct from lag(turn) over () or {time} < lag({time}) over () as is_first, "
        f"{time} = lag({time}) over () or {time} = lead({time}) over () as is_tied from batch_rows)"
    )
    stretches, tied = _row(
        connection, f"select count(*) filter (is_first), count(*) filter (is_tied) from {steps} as steps"
    )
    if stretches * ROWS_PER_STRETCH > read or _do_stretches_meet(connection, dataset, time, steps):
        return everything
    return f"{steps} where is_tied" if tied else None


def _do_stretches_meet(connection: duckdb.DuckDBPyConnection, dataset: Dataset, time: str, steps: str) -> bool:
    """Whether stretches of ascending times share a time; those with different texts in their keys may."""
    text = [column for column in dataset.key if dataset.columns[column] == "varchar"][:1]
    partition = f"partition by {text[0]}" if text else ""
    (meeting,) = _row(
        connection,
        f"""
        with numbered as (select *, count(*) filter (is_first) over (rows unbounded preceding) as stretch from {steps}),
        stretches as (
            select {", ".join(["stretch", *text])}, min({time}) as earliest, max({time}) as latest
            from numbered group by all
        ),
        compared as (select earliest, lag(latest) over ({partition} order by earliest) as before from stretches)
        select count(*) from compared where earliest <= before
        """,
    )
    return meeting > 0


def _has_rows_in_range(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> bool:
    """Whether a stored row lies within the range of the batch's keys: where none does, no key of the batch is stored.

    Figures of a later time are told from stored ones by the table's statistics, without a join of all their keys.
    """
    kinds = {column: dataset.columns[column] for column in _numbers_and_times(dataset)}
    if not kinds:
        return True
    ends = ", ".join(f"min({column}), max({column})" for column in kinds)
    bounds = connection.execute(f"select {ends} from batch_rows").fetchall()[0]
    # DuckDB skips row groups where a column is compared with a constant of its own type.
    within = " and ".join(f"{column} between ?::{kind} and ?::{kind}" for column, kind in kinds.items())
    return bool(connection.execute(f"select 1 from raw.{dataset.table} where {within} limit 1", bounds).fetchall())


def _replace_same_instant(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> None:
    """Remove the versions of the same `observed_at` that the batch's rows contradict.

    A run that was resumed at its own instant, or two runs at one fixed instant, observe a key twice: the later response
    counts.
    """
    different = " or ".join(f"stored.{figure} is distinct from batch_rows.{figure}" for figure in _figures(dataset))
    if not different or not _has_versions(connection, dataset, "between $first and $last"):
        return
    same = " and ".join(f"stored.{column} = batch_rows.{column}" for column in (*dataset.key, "observed_at"))
    (replaced,) = _row(
        connection, f"delete from raw.{dataset.table} as stored using batch_rows where {same} and ({different})"
    )
    if replaced:
        # The same response may be loaded by another parser: its rows would be taken for those that are known.
        forget_rows(connection)


def _has_versions(connection: duckdb.DuckDBPyConnection, dataset: Dataset, when: str) -> bool:
    """Whether a stored version meets the condition `when` on its `observed_at`.

    `$first` and `$last` are the earliest and latest `observed_at` of `batch_rows`.
    """
    # Versions are stored in order of time, so most of the table is not read.
    query = f"select 1 from raw.{dataset.table} where observed_at {when} limit 1"
    first, last = connection.execute("select min(observed_at), max(observed_at) from batch_rows").fetchall()[0]
    bounds = {"first": first, "last": last}
    return bool(connection.execute(query, {name: at for name, at in bounds.items() if f"${name}" in when}).fetchall())


def _news(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> str:
    """The rows of `batch_rows` that are new versions, as a relation and its condition.

    Only the stored versions of the batch's keys are compared, so the cost does not grow with the table.
    """
    keys, content = ", ".join(dataset.key), _content(dataset)
    batch = f"(select *, {content} as content from batch_rows) as batch"
    stored = (
        f"(select {keys}, observed_at, {content} as content from raw.{dataset.table} "
        f"semi join batch_rows using ({keys}))"
    )
    if not _has_versions(connection, dataset, "> $first"):
        newest = f"(select {keys}, arg_max(content, observed_at) as content from {stored} group by {keys})"
        return f"{batch} anti join {newest} as newest using ({keys}, content)"
    # A run of an earlier instant, or one that reads an old response again: newer versions stay, and a row equal to
    # the version before or after it is not a new one.
    same = " and ".join(f"batch.{column} = $.{column}" for column in dataset.key)
    before, after = same.replace("$", "before"), same.replace("$", "after")
    return (
        f"(select batch.* from {batch} "
        f"asof left join {stored} as before on {before} and batch.observed_at >= before.observed_at "
        f"asof left join {stored} as after on {after} and batch.observed_at < after.observed_at "
        "where batch.content is distinct from before.content and batch.content is distinct from after.content)"
    )


def type_texts(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    texts: Mapping[str, str],
    source: str,
    is_whole: str,
    close_ms: str,
    record: str = "texts",
    record_columns: Sequence[str] = ("texts",),
) -> None:
    """Type the texts of `source` into `batch_rows`, and validate the rows.

    A row that can't be true is marked as broken, with the reason (`orchestration.raw.row_rules`) and its `record`, an
    expression of the `record_columns` of `source`.
    """
    casts = [f"{_cast(texts[column], kind)} as {column}" for column, kind in dataset.columns.items()]
    written = [f"{text} as text_{column}" for column, text in texts.items()]
    stamps = [f"{expression} as {name}" for name, expression in timestamps_in_milliseconds(dataset).items()]
    found = rules(dataset)
    broken = " or ".join(f"({rule.fails})" for rule in found)
    reasons = " ".join(f"when {rule.fails} then {rule.reason}" for rule in found)
    # Replaced in one step, the rows of the batch before would stay in memory beside these.
    connection.execute("drop table if exists batch_rows")
    # Each step is a projection of its own: within one, DuckDB would evaluate a cast again wherever it is named.
    connection.execute(
        f"""
        create or replace temp table batch_rows as
        with typed as (
            select {", ".join([*casts, *written])}, a.observed_at, a.response_id as response_id,
                a.turn as turn, a.fetched_at as fetched_at, a.window_start as requested_from,
                a.window_end as requested_until, {", ".join(record_columns)}, coalesce({is_whole}, false) as is_whole
            from {source}
        ),
        stamped as (select {", ".join(["*", *stamps])} from typed),
        judged as (select *, coalesce({broken}, false) as is_broken from stamped)
        select {", ".join(dataset.columns)}, observed_at, response_id, turn, is_broken,
            {close_ms} <= epoch_ms(least(observed_at, fetched_at)) as is_closed,
            case when is_broken then {record} end as record,
            case when is_broken then case {reasons} end end as reason
        from judged
        """
    )


def _reject_incomplete_sums(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> None:
    """Mark all rows of a sum as broken when one of them is; the reason names that row."""
    group = (*dataset.summed_columns, "observed_at")
    same = " and ".join(f"batch_rows.{column} = incomplete.{column}" for column in group)
    connection.execute(
        f"""
        update batch_rows set is_broken = true, reason = incomplete.reason
        from (
            select {", ".join(group)},
                concat_ws(' ', {", ".join(dataset.summed_columns)}) || ': all rows are rejected, because a sum without '
                || min(concat_ws(' ', {", ".join(dataset.key)})) || ', which was rejected, would be wrong' as reason
            from batch_rows where is_broken group by {", ".join(group)}
        ) as incomplete
        where not batch_rows.is_broken and {same}
        """
    )


def _reject_broken(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        f"""
        insert into raw.rejected_records
        select distinct a.source, a.dataset, a.response_id, a.observed_at,
            coalesce(left(to_json(f.record)::varchar, {LONGEST_RECORD}), 'null') as record, f.reason, false as is_notice
        from batch_rows as f join batch_responses as a using (response_id)
        where f.is_broken
        """
    )
    connection.execute("delete from batch_rows where is_broken")


def _resolve_duplicates(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> None:
    """Where a key occurs more than once: keep each change in order, and reject a response that contradicts itself."""
    keys = ", ".join(dataset.key)
    connection.execute(
        f"""
        insert into raw.rejected_records
        select '{dataset.provider.name}', '{dataset.name}', response_id, any_value(observed_at),
            concat_ws(' ', {keys}), 'one response has two rows with different content for this key', false
        from batch_rows
        group by response_id, {keys} having count(distinct {_content(dataset)}) > 1
        """
    )
    connection.execute(
        f"""
        create or replace temp table batch_rows as
        with judged as (select *, {_content(dataset)} as content from batch_rows),
        consistent as (
            select * from judged qualify count(distinct content) over (partition by response_id, {keys}) = 1
        ),
        last_of_instant as (
            select * from consistent
            qualify row_number() over (partition by {keys}, observed_at order by turn desc) = 1
        )
        select * exclude (content) from last_of_instant
        qualify content is distinct from lag(content) over (partition by {keys} order by observed_at)
        """
    )


def _cast(text: str, kind: str) -> str:
    """A cast that returns null for what does not fit.

    DuckDB 1.5 casts text to a DECIMAL of more than 18 digits a hundred times slower than to a shorter one, so
    the short one is tried first where the scale allows it.
    """
    match = re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", kind, re.IGNORECASE)
    if match and int(match[1]) > 18:
        return f"coalesce(try_cast({text} as decimal(18,{match[2]}))::{kind}, try_cast({text} as {kind}))"
    return f"try_cast({text} as {kind})"


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)


def excerpt(stored: StoredResponse) -> str:
    """The beginning of a body; the name of its file where that can't be read."""
    try:
        return stored.response.body[:LONGEST_RECORD].decode("utf-8", "replace")
    except DamagedFile:
        return stored.path.name
