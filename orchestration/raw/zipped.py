"""Zips of one CSV file each, read in bulk by DuckDB: many files in one statement, unzipped on two threads."""

import io
import zipfile
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from orchestration.ingest.landing import DamagedFile, StoredResponse
from orchestration.raw.batch import ResponseRejections, mark_covered, type_texts
from orchestration.sources.shared.contract import CHECKSUM, Dataset, RejectedRecord, ZippedCsv


def why_unreadable(stored: StoredResponse, shape: ZippedCsv) -> str | None:
    """Why DuckDB can't read the file in a zip; None when it can, or when the zip itself is unreadable."""
    with TemporaryDirectory(prefix="warehouse-") as name, duckdb.connect() as probe:
        folder = Path(name)
        if _unzip(stored, folder) is None:
            try:
                probe.execute(f"select count(c0) from {_read_csv(shape)}", [[str(_unzipped(stored, folder))]])
            except duckdb.InvalidInputException as error:
                return f"the file in the zip is no CSV of {shape.width} columns: {str(error).splitlines()[0]}"
    return None


def wrong_checksums(responses: Sequence[StoredResponse]) -> dict[StoredResponse, str]:
    """The files that match none of their checksums among the responses, each with the reason as a sentence.

    A file without any checksum is accepted. A reissued file has several checksums.
    """
    promised: dict[str, set[str]] = {}
    for stored in responses:
        if stored.status == 200 and stored.request.path.endswith(CHECKSUM):
            try:
                digest = stored.response.body[:64].decode("ascii", "replace")
            except DamagedFile:
                continue
            promised.setdefault(stored.request.path.removesuffix(CHECKSUM), set()).add(digest)
    return {
        stored: f"the file has the checksum {stored.sha256}, which no checksum file names: truncated, or reissued"
        for stored in responses
        if stored.status == 200 and stored.sha256 not in promised.get(stored.request.path, {stored.sha256})
    }


def _read_csv(shape: ZippedCsv, files: str = "?") -> str:
    # One column more than expected shows the lines that are too long.
    columns = ", ".join(f"c{position}: 'varchar'" for position in range(shape.width + 1))
    return (
        f"read_csv({files}, header = false, auto_detect = false, delim = ',', quote = '', escape = '', "
        f"columns = {{{columns}}}, null_padding = true, filename = true)"
    )


def read_zipped(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    shape: ZippedCsv,
    responses: Sequence[StoredResponse],
    folder: Path,
) -> list[ResponseRejections]:
    """Fill `batch_rows` from zipped CSV files, all in one statement; `folder` takes the unzipped ones.

    Returns the responses that are no zip of one file.
    """
    zipped = [stored for stored in responses if stored.request.path.endswith(".zip")]
    # zlib releases the interpreter's lock.
    with ThreadPoolExecutor(2) as pool:
        reasons = list(pool.map(lambda stored: _unzip(stored, folder), zipped))
    files = [_unzipped(stored, folder) for stored, reason in zip(zipped, reasons, strict=True) if reason is None]
    texts = {column: f"c{position}" for column, position in shape.fields.items()}
    for column, expression in shape.from_response.items():
        connection.execute(f"alter table batch_responses add column if not exists of_{column} varchar")
        connection.execute(f"update batch_responses set of_{column} = {expression}")
        texts[column] = f"a.of_{column}"
    connection.execute("update batch_responses set file = ? || '/' || response_id || '.csv'", [str(folder)])
    names = [f"c{position}" for position in range(shape.width + 1)]
    body = _read_csv(shape, "getvariable('files')")
    if not files:
        body = f"(select {', '.join(f'null::varchar as {name}' for name in names)}, null as filename limit 0)"
    connection.execute("set variable files = ?", [[str(file) for file in files]])
    # A line that is too short is padded with nulls.
    last = (shape.required_values or shape.width) - 1
    is_whole = f"c{last} is not null and c{shape.width} is null and {shape.row_condition}"
    source = f"{body} as body join batch_responses as a on a.file = body.filename where c0 != '{shape.header}'"
    line = f"concat_ws(',', {', '.join(names)})"
    type_texts(connection, dataset, texts, source, is_whole, shape.close_ms, line, names)
    read = list(zip(zipped, reasons, strict=True))
    if covers := dataset.covers:
        whole = {stored.response_id: covers(stored.response) for stored, reason in read if reason is None}
        mark_covered(connection, {response_id: span for response_id, span in whole.items() if span})
    return [(stored, [RejectedRecord(stored.request.path, reason)]) for stored, reason in read if reason]


def _unzip(stored: StoredResponse, folder: Path) -> str | None:
    """Write the one file of a zip into `folder`. Returns why that is not possible, or None."""
    try:
        with zipfile.ZipFile(io.BytesIO(stored.response.body)) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            if len(names) != 1:
                return f"the zip has {len(names)} files, not one"
            _unzipped(stored, folder).write_bytes(archive.read(names[0]))
    except DamagedFile as damage:
        return str(damage)
    # An unknown compression method, or a password.
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError) as error:
        return f"the body is no zip of one file: {error}"
    return None


def _unzipped(stored: StoredResponse, folder: Path) -> Path:
    return folder / f"{stored.response_id}.csv"
