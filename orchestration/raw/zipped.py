"""Zips of one CSV file each, read in bulk by DuckDB: unzipped on two threads, and the lines of all read as one file."""

import io
import zipfile
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import duckdb

from orchestration.ingest.landing import DamagedFile, StoredResponse
from orchestration.raw.batch import ResponseRejections, mark_covered, type_texts
from orchestration.sources.shared.contract import CHECKSUM, Dataset, RejectedRecord, ZippedCsv

BYTES_AT_ONCE = 4 * 2**20
"""How much of a file a thread reads at a time: of DuckDB's own 32 MB, a batch has too few to keep all threads busy."""


def why_unreadable(stored: StoredResponse, shape: ZippedCsv) -> str | None:
    """Why DuckDB can't read the file in a zip; None when it can, or when the zip itself is unreadable."""
    text, reason = _unzip(stored)
    if reason:
        return None
    with TemporaryDirectory(prefix="warehouse-") as name, duckdb.connect() as probe:
        file = Path(name) / "lines.csv"
        with file.open("wb") as lines:
            _write_numbered(lines, text, 1)
        try:
            probe.execute(f"select count(columns(*)) from {_read_csv(shape)}", [str(file)])
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


def _read_csv(shape: ZippedCsv, file: str = "?") -> str:
    # One column more than expected shows the lines that are too long.
    columns = ", ".join(f"c{position}: 'varchar'" for position in range(shape.width + 1))
    return (
        f"read_csv({file}, header = false, auto_detect = false, delim = ',', quote = '', escape = '', "
        f"columns = {{turn: 'bigint', {columns}}}, null_padding = true, buffer_size = {BYTES_AT_ONCE})"
    )


def read_zipped(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    shape: ZippedCsv,
    responses: Sequence[StoredResponse],
    folder: Path,
) -> list[ResponseRejections]:
    """Fill `batch_rows` from zipped CSV files, all in one statement; `folder` takes their lines.

    Returns the responses that are no zip of one file.
    """
    zipped = [stored for stored in responses if stored.request.path.endswith(".zip")]
    turns = dict(connection.execute("select response_id, turn from batch_responses").fetchall())
    file = folder / "lines.csv"
    # One file: a thousand small ones take longer to make, to open and to read.
    with ThreadPoolExecutor(2) as pool, file.open("wb") as lines:
        reasons = []
        # zlib releases the interpreter's lock.
        for stored, (text, reason) in zip(zipped, pool.map(_unzip, zipped), strict=True):
            _write_numbered(lines, text, turns[stored.response_id])
            reasons.append(reason)
    texts = {column: f"c{position}" for column, position in shape.fields.items()}
    for column, expression in shape.from_response.items():
        connection.execute(f"alter table batch_responses add column if not exists of_{column} varchar")
        connection.execute(f"update batch_responses set of_{column} = {expression}")
        texts[column] = f"a.of_{column}"
    names = [f"c{position}" for position in range(shape.width + 1)]
    connection.execute("set variable file = ?", [str(file)])
    # A line that is too short is padded with nulls.
    last = (shape.required_values or shape.width) - 1
    is_whole = f"c{last} is not null and c{shape.width} is null and {shape.row_condition}"
    body = _read_csv(shape, "getvariable('file')")
    source = f"{body} as body join batch_responses as a using (turn) where c0 != '{shape.header}'"
    line = f"concat_ws(',', {', '.join(names)})"
    # DuckDB expects 42 lines of any CSV file, and would hold all lines in memory to find the few responses among them.
    connection.execute("set disabled_optimizers = 'build_side_probe_side'")
    try:
        type_texts(connection, dataset, texts, source, is_whole, shape.close_ms, line, names)
    finally:
        connection.execute("reset disabled_optimizers")
    read = list(zip(zipped, reasons, strict=True))
    if covers := dataset.covers:
        whole = {stored.response_id: covers(stored.response) for stored, reason in read if reason is None}
        mark_covered(connection, {response_id: span for response_id, span in whole.items() if span})
    return [(stored, [RejectedRecord(stored.request.path, reason)]) for stored, reason in read if reason]


def _unzip(stored: StoredResponse) -> tuple[bytes, str | None]:
    """The one file of a zip; where there is none, nothing and the reason."""
    try:
        with zipfile.ZipFile(io.BytesIO(stored.response.body)) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            if len(names) != 1:
                return b"", f"the zip has {len(names)} files, not one"
            return archive.read(names[0]), None
    except DamagedFile as damage:
        return b"", str(damage)
    # An unknown compression method, or a password.
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError) as error:
        return b"", f"the body is no zip of one file: {error}"


def _write_numbered(lines: BinaryIO, text: bytes, turn: int) -> None:
    """Write the lines of a file, each after the number of its response, by which it is told from those of others.

    After the last line, and between the two characters that end a line on Windows, is an empty one: it has no row.
    """
    number = b"%d," % turn
    lines.writelines((number, text.replace(b"\r", b"\n").replace(b"\n", b"\n" + number), b"\n"))
