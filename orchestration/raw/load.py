"""Loading stored responses into a raw table, in one transaction per batch of responses."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from orchestration.defects import Defects
from orchestration.ingest.landing import DamagedFile, StoredResponse
from orchestration.lake.turns import commit, in_turn, roll_back
from orchestration.raw.batch import Loaded, append, excerpt, read_arrays, read_parsed
from orchestration.raw.empty_responses import empty_where_due
from orchestration.raw.known_rows import forget_rows
from orchestration.raw.rejected_records import reject
from orchestration.raw.stale_responses import reject_stale_responses
from orchestration.raw.working_file import LEDGER
from orchestration.raw.zipped import read_zipped, why_unreadable, wrong_checksums
from orchestration.sources.shared.contract import (
    ArrayRows,
    Dataset,
    RejectedRecord,
    SourceRejected,
    SourceUnavailable,
    ZippedCsv,
)

BATCH_BYTES, ZIPPED_BATCH_BYTES = 256 * 2**20, 64 * 2**20
"""Bytes read at once: one to three million rows, so that memory does not grow with the size of a backfill."""


def load(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    responses: Sequence[StoredResponse],
    landing: Path,
    defects: Defects | None = None,
) -> Loaded:
    """Append the new versions in `responses` (oldest first).

    One transaction per batch: all of it or nothing. Loading again adds what is missing. A response on which our own
    code fails is rejected as a whole, and reported to `defects`.
    """
    defects = defects or Defects.of(landing.parent)
    bad_checksums = wrong_checksums(responses) if isinstance(dataset.read, ZippedCsv) else {}

    def load_batch(batch: Sequence[StoredResponse]) -> Loaded:
        return _load_batch(connection, dataset, batch, landing, bad_checksums, defects)

    loads = [in_turn(connection, [dataset.table], partial(load_batch, batch)) for batch in _batches(dataset, responses)]
    without_rows = {response_id for loaded in loads for response_id in loaded.empty_responses}
    good = [stored for stored in responses if stored.status == 200]
    return Loaded(
        sum(loaded.rows_read for loaded in loads),
        sum(loaded.rows_new for loaded in loads),
        sum(loaded.rejected for loaded in loads),
        tuple(empty_where_due(dataset, good, without_rows)),
    )


def _batches(dataset: Dataset, responses: Sequence[StoredResponse]) -> Iterator[list[StoredResponse]]:
    """The responses in their order, as many at a time as fit; one that does not fit is a batch of its own."""
    limit = ZIPPED_BATCH_BYTES if isinstance(dataset.read, ZippedCsv) else BATCH_BYTES
    batch: list[StoredResponse] = []
    size = 0
    for stored in responses:
        if batch and size + stored.byte_count > limit:
            yield batch
            batch, size = [], 0
        batch.append(stored)
        size += stored.byte_count
    if batch:
        yield batch


def _load_batch(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    responses: Sequence[StoredResponse],
    landing: Path,
    bad_checksums: Mapping[StoredResponse, str],
    defects: Defects,
) -> Loaded:
    unreadable = {stored: reason for stored in responses if (reason := bad_checksums.get(stored))}
    unreadable |= {stored: "the body is empty" for stored in responses if stored.byte_count == 0}
    unreadable |= _rejected_as_a_whole(dataset, [stored for stored in responses if stored not in unreadable])
    try:
        return _load(connection, dataset, responses, landing, unreadable, defects)
    except (duckdb.InvalidInputException, duckdb.IOException, DamagedFile) as error:
        # A bulk read fails as a whole: find the unreadable bodies, and read the others.
        found = {
            stored: reason for stored in responses if (reason := stored.damage or _why_unreadable(dataset, stored))
        }
        if not found.keys() - unreadable.keys():
            raise error
        return _load(connection, dataset, responses, landing, unreadable | found, defects)


def _load(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    responses: Sequence[StoredResponse],
    landing: Path,
    unreadable: Mapping[StoredResponse, str],
    defects: Defects,
) -> Loaded:
    """Load one batch. Its temporary tables are committed first: DuckDB reads uncommitted rows with one thread only."""
    _register(connection, responses, landing)
    rejected = [(stored, [RejectedRecord(excerpt(stored), reason)]) for stored, reason in unreadable.items()]
    good = [stored for stored in responses if stored.status == 200 and stored not in unreadable]
    if isinstance(dataset.read, ArrayRows):
        read_arrays(connection, dataset, dataset.read, good)
    elif isinstance(dataset.read, ZippedCsv):
        with TemporaryDirectory(prefix="warehouse-") as folder:
            rejected += read_zipped(connection, dataset, dataset.read, good, Path(folder))
    else:
        rejected += read_parsed(connection, dataset, good, defects)
        rejected += reject_stale_responses(connection, dataset, good, rejected)
    connection.execute("begin")
    try:
        connection.execute(
            f"insert into raw.responses by name select {', '.join(LEDGER['responses'])} "
            "from batch_responses anti join raw.responses using (response_id)"
        )
        # A response that is loaded again is validated again: earlier rejections no longer apply.
        connection.execute(
            "delete from raw.rejected_records where response_id in (select response_id from batch_responses)"
        )
        for stored, records in rejected:
            key = (dataset.provider.name, dataset.name, stored.response_id)
            reject(connection, key, stored.observed_at, records)
        loaded = append(connection, dataset)
        commit(connection)
    except BaseException:
        roll_back(connection)
        raise
    return loaded


def _rejected_as_a_whole(dataset: Dataset, responses: Sequence[StoredResponse]) -> dict[StoredResponse, str]:
    """The responses that the source rejects as a whole, by the same check as when they were fetched.

    Only bulk reads need it: parsers reject by themselves, and a file is checked by its checksum (`wrong_checksums`).
    What was found valid when it was fetched, a moment ago, is not read once more.
    """
    if not isinstance(dataset.read, ArrayRows):
        return {}
    good = [stored for stored in responses if stored.status == 200 and not stored.was_verified]
    # Decompressing and hashing the bodies release the interpreter's lock.
    with ThreadPoolExecutor(2) as pool:
        reasons = pool.map(partial(_why_rejected, dataset), good)
        return {stored: reason for stored, reason in zip(good, reasons, strict=True) if reason}


def _why_rejected(dataset: Dataset, stored: StoredResponse) -> str | None:
    """Why the source rejects a response as a whole; None when it does not."""
    try:
        dataset.verify(stored.response)
    except (SourceRejected, SourceUnavailable, DamagedFile) as problem:
        return str(problem)
    return None


def _why_unreadable(dataset: Dataset, stored: StoredResponse) -> str | None:
    """Why DuckDB can't read a body as an array of arrays or as zipped lines; None when it can."""
    if isinstance(dataset.read, ZippedCsv):
        return why_unreadable(stored, dataset.read)
    with duckdb.connect() as probe:
        try:
            probe.execute(
                "select count(len(texts)) from read_json(?, format = 'array', records = 'false', "
                "columns = {texts: 'varchar[]'}, compression = 'zstd')",
                [str(stored.path)],
            )
        except (duckdb.InvalidInputException, duckdb.IOException) as error:
            reason = str(error).splitlines()[0].replace(str(stored.path), "the body")
            return f"the body is not an array of arrays: {reason}"
    return None


def forget(connection: duckdb.DuckDBPyConnection, datasets: Sequence[Dataset]) -> None:
    """Empty the raw tables of a source, to fill them again from the landing folder."""
    forget_rows(connection)
    for dataset in datasets:
        connection.execute(f"delete from raw.{dataset.table}")
        for table in ("rejected_records", "responses"):
            connection.execute(
                f"delete from raw.{table} where source = ? and dataset = ?", [dataset.provider.name, dataset.name]
            )


def _register(connection: duckdb.DuckDBPyConnection, responses: Sequence[StoredResponse], landing: Path) -> None:
    """Make the temporary table `batch_responses`, numbered in the order given."""
    rows = [
        {
            "response_id": stored.response_id,
            "source": stored.source,
            "dataset": stored.dataset,
            "subject": stored.request.subject,
            "url": stored.url,
            "params": json.dumps(dict(stored.request.params), sort_keys=True),
            "status": stored.status,
            "byte_count": stored.byte_count,
            "sha256": stored.sha256,
            "path": stored.path.relative_to(landing).as_posix(),
            "fetched_at": stored.fetched_at.replace(tzinfo=None),
            "observed_at": stored.observed_at.replace(tzinfo=None),
            "window_start": stored.request.window.start.replace(tzinfo=None) if stored.request.window else None,
            "window_end": stored.request.window.end.replace(tzinfo=None) if stored.request.window else None,
            "covered_from": None,
            "covered_until": None,
            "file": str(stored.path),
        }
        for stored in responses
    ]
    batch = pa.Table.from_pylist(rows, schema=_BATCH_RESPONSES)
    connection.register("batch_responses_arrow", batch)
    connection.execute(
        "create or replace temp table batch_responses as "
        "select *, row_number() over () as turn from batch_responses_arrow"
    )
    connection.unregister("batch_responses_arrow")


_BATCH_RESPONSES = pa.schema(
    [(name, pa.string()) for name in ("response_id", "source", "dataset", "subject", "url", "params")]
    + [("status", pa.int32()), ("byte_count", pa.int64()), ("sha256", pa.string()), ("path", pa.string())]
    + [
        (name, pa.timestamp("us"))
        for name in ("fetched_at", "observed_at", "window_start", "window_end", "covered_from", "covered_until")
    ]
    + [("file", pa.string())]
)
