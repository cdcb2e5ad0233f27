"""From landed bodies to versions in a raw table: what is put on record, in one transaction per batch of answers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from orchestration.defects import Defects
from orchestration.ingest.empty_responses import due_and_empty
from orchestration.ingest.landing import DamagedFile, StoredResponse
from orchestration.raw.batch import Loaded, append, excerpt, fetch_arrays, fetch_parsed
from orchestration.raw.rejected_records import reject
from orchestration.raw.stale_responses import refuse_older_copies
from orchestration.raw.working_file import LEDGER
from orchestration.raw.zipped import fetch_zipped, not_as_promised, why_unreadable
from orchestration.sources.shared.contract import (
    ArrayRows,
    Dataset,
    RejectedRecord,
    SourceRejected,
    SourceUnavailable,
    ZippedCsv,
)

BATCH_BYTES, ZIPPED_BATCH_BYTES = 256 * 2**20, 64 * 2**20
"""As much as is read at once: one to three million rows, so that memory does not grow with what a backfill brings."""


def load(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    answers: Sequence[StoredResponse],
    landing: Path,
    defects: Defects | None = None,
) -> Loaded:
    """Append the versions that `answers` (oldest first) bring.

    One transaction per batch of answers: all of it or nothing. Loading again adds what is missing. An answer on which
    our own code fails is rejected as a whole, and reported to `defects`.
    """
    defects = defects or Defects.of(landing.parent)
    spoiled = not_as_promised(answers) if isinstance(dataset.read, ZippedCsv) else {}
    loads = [_load_batch(connection, dataset, batch, landing, spoiled, defects) for batch in _batches(dataset, answers)]
    without_rows = {response_id for loaded in loads for response_id in loaded.empty_responses}
    good = [answer for answer in answers if answer.status == 200]
    return Loaded(
        sum(loaded.rows_read for loaded in loads),
        sum(loaded.rows_new for loaded in loads),
        sum(loaded.rejected for loaded in loads),
        tuple(due_and_empty(dataset, good, without_rows)),
    )


def _batches(dataset: Dataset, answers: Sequence[StoredResponse]) -> Iterator[list[StoredResponse]]:
    """The answers in their order, as many at a time as fit; one that does not fit is a batch of its own."""
    limit = ZIPPED_BATCH_BYTES if isinstance(dataset.read, ZippedCsv) else BATCH_BYTES
    batch: list[StoredResponse] = []
    size = 0
    for answer in answers:
        if batch and size + answer.byte_count > limit:
            yield batch
            batch, size = [], 0
        batch.append(answer)
        size += answer.byte_count
    if batch:
        yield batch


def _load_batch(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    answers: Sequence[StoredResponse],
    landing: Path,
    spoiled: Mapping[StoredResponse, str],
    defects: Defects,
) -> Loaded:
    unreadable = {answer: reason for answer in answers if (reason := spoiled.get(answer))}
    unreadable |= {answer: "the body is empty" for answer in answers if answer.byte_count == 0}
    unreadable |= _refused_on_arrival(dataset, [answer for answer in answers if answer not in unreadable])
    try:
        return _load(connection, dataset, answers, landing, unreadable, defects)
    except (duckdb.InvalidInputException, duckdb.IOException, DamagedFile) as error:
        # A bulk read fails as a whole: find the bodies that are not what was promised, and read the others.
        found = {answer: reason for answer in answers if (reason := answer.damage or _why_unreadable(dataset, answer))}
        if not found.keys() - unreadable.keys():
            raise error
        return _load(connection, dataset, answers, landing, unreadable | found, defects)


def _load(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    answers: Sequence[StoredResponse],
    landing: Path,
    unreadable: Mapping[StoredResponse, str],
    defects: Defects,
) -> Loaded:
    """What is fetched stands in committed temporary tables: DuckDB reads uncommitted rows with one thread only."""
    _register(connection, answers, landing)
    refused = [(answer, [RejectedRecord(excerpt(answer), reason)]) for answer, reason in unreadable.items()]
    good = [answer for answer in answers if answer.status == 200 and answer not in unreadable]
    if isinstance(dataset.read, ArrayRows):
        fetch_arrays(connection, dataset, dataset.read, good)
    elif isinstance(dataset.read, ZippedCsv):
        with TemporaryDirectory(prefix="warehouse-") as folder:
            refused += fetch_zipped(connection, dataset, dataset.read, good, Path(folder))
    else:
        refused += fetch_parsed(connection, dataset, good, defects)
        refused += refuse_older_copies(connection, dataset, good, refused)
    connection.execute("begin")
    try:
        connection.execute(
            f"insert into raw.responses by name select {', '.join(LEDGER['responses'])} "
            "from asked anti join raw.responses using (response_id)"
        )
        # A response that is read again is judged again: what was said of it before is no longer true.
        connection.execute("delete from raw.rejected_records where response_id in (select response_id from asked)")
        for answer, records in refused:
            key = (dataset.provider.name, dataset.name, answer.response_id)
            reject(connection, key, answer.observed_at, records)
        loaded = append(connection, dataset)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return loaded


def _refused_on_arrival(dataset: Dataset, answers: Sequence[StoredResponse]) -> dict[StoredResponse, str]:
    """The answers that the source refuses as a whole, by the same verdict as when they came.

    Only bulk reads need to ask: parsers refuse by themselves, and a file is judged by its checksum (`not_as_promised`).
    """
    refused: dict[StoredResponse, str] = {}
    if isinstance(dataset.read, ArrayRows):
        for answer in answers:
            try:
                if answer.status == 200:
                    dataset.verify(answer.response)
            except (SourceRejected, SourceUnavailable, DamagedFile) as problem:
                refused[answer] = str(problem)
    return refused


def _why_unreadable(dataset: Dataset, answer: StoredResponse) -> str | None:
    """Why DuckDB can't read a body as an array of arrays, or as zipped lines, or None when it can."""
    if isinstance(dataset.read, ZippedCsv):
        return why_unreadable(answer, dataset.read)
    with duckdb.connect() as probe:
        try:
            probe.execute(
                "select count(len(texts)) from read_json(?, format = 'array', records = 'false', "
                "columns = {texts: 'varchar[]'}, compression = 'zstd')",
                [str(answer.path)],
            )
        except (duckdb.InvalidInputException, duckdb.IOException) as error:
            reason = str(error).splitlines()[0].replace(str(answer.path), "the body")
            return f"the body is not an array of arrays: {reason}"
    return None


def forget(connection: duckdb.DuckDBPyConnection, datasets: Sequence[Dataset]) -> None:
    """Empty the raw tables of a source, to fill them again from the landing folder."""
    for dataset in datasets:
        connection.execute(f"delete from raw.{dataset.table}")
        for table in ("rejected_records", "responses"):
            connection.execute(
                f"delete from raw.{table} where source = ? and dataset = ?", [dataset.provider.name, dataset.name]
            )


def _register(connection: duckdb.DuckDBPyConnection, answers: Sequence[StoredResponse], landing: Path) -> None:
    """Make the temporary table `asked`: the answers, numbered in the order in which they were given."""
    rows = [
        {
            "response_id": answer.response_id,
            "source": answer.source,
            "dataset": answer.dataset,
            "subject": answer.request.subject,
            "url": answer.url,
            "params": json.dumps(dict(answer.request.params), sort_keys=True),
            "status": answer.status,
            "byte_count": answer.byte_count,
            "sha256": answer.sha256,
            "path": answer.path.relative_to(landing).as_posix(),
            "fetched_at": answer.fetched_at.replace(tzinfo=None),
            "observed_at": answer.observed_at.replace(tzinfo=None),
            "window_start": answer.request.window.start.replace(tzinfo=None) if answer.request.window else None,
            "window_end": answer.request.window.end.replace(tzinfo=None) if answer.request.window else None,
            "covered_from": None,
            "covered_until": None,
            "file": str(answer.path),
        }
        for answer in answers
    ]
    asked = pa.Table.from_pylist(rows, schema=_ASKED)
    connection.register("asked_rows", asked)
    connection.execute("create or replace temp table asked as select *, row_number() over () as turn from asked_rows")
    connection.unregister("asked_rows")


_ASKED = pa.schema(
    [(name, pa.string()) for name in ("response_id", "source", "dataset", "subject", "url", "params")]
    + [("status", pa.int32()), ("byte_count", pa.int64()), ("sha256", pa.string()), ("path", pa.string())]
    + [
        (name, pa.timestamp("us"))
        for name in ("fetched_at", "observed_at", "window_start", "window_end", "covered_from", "covered_until")
    ]
    + [("file", pa.string())]
)
