"""Access to the working store, a DuckDB file or a lake that machines share: connect, and create the raw tables.

Raw tables hold versions: a row is appended when its key is new or a figure differs from the newest stored version
(`orchestration.raw.load`). Every table exists before dbt runs, if necessary empty, so that a skipped source never
breaks a model.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import duckdb

from orchestration.file_errors import (
    FileDamaged,
    FileUnusable,
    WarehouseBusy,
    duckdb_sentence,
    first_line,
    is_damage,
    is_in_use,
)
from orchestration.lake.settings import Lake
from orchestration.lake.turns import commit, in_turn, is_shared, is_transient, shared
from orchestration.raw.rejected_records import reject
from orchestration.sources.shared.contract import Dataset, Parsed, Row, ZippedCsv
from orchestration.sources.user_claims import COLUMNS as CLAIM_COLUMNS
from orchestration.sources.user_claims import outcome_of

VERSION_COLUMNS = {
    "observed_at": "timestamp not null",
    "response_id": "varchar not null",
}
DROPPED_COLUMN = "content_hash"
"""A hash of each row, which earlier versions stored: figures themselves are compared today."""

LEDGER = {
    "responses": {
        "response_id": "varchar not null",
        "source": "varchar not null",
        "dataset": "varchar not null",
        "subject": "varchar not null",
        "url": "varchar not null",
        "params": "varchar not null",
        "status": "integer not null",
        "byte_count": "bigint not null",
        "sha256": "varchar not null",
        "path": "varchar not null",
        "fetched_at": "timestamp not null",
        "observed_at": "timestamp not null",
        "window_start": "timestamp",
        "window_end": "timestamp",
        "covered_from": "timestamp",
        "covered_until": "timestamp",
    },
    "rejected_records": {
        "source": "varchar not null",
        "dataset": "varchar not null",
        "response_id": "varchar not null",
        "observed_at": "timestamp not null",
        "record": "varchar not null",
        "reason": "varchar not null",
        "is_notice": "boolean not null",
    },
    "extractions": {
        "source": "varchar not null",
        "dataset": "varchar not null",
        "attempted_at": "timestamp not null",
        "outcome": "varchar not null",
        "message": "varchar",
    },
    "nyse_sessions": {
        "session_date": "date not null",
        "opens_at": "timestamp not null",
        "closes_at": "timestamp not null",
        "is_early_close": "boolean not null",
    },
    "imports_claims": CLAIM_COLUMNS,
}


EARLIER_OUTCOMES = {"answered": "complete", "partly answered": "partial"}


READER_PATIENCE_SECONDS = 5
"""How long a reader waits for the PostgreSQL of a lake."""


@contextmanager
def connect(
    path: Path | Lake, read_only: bool = False, patience_seconds: float = 60
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The working file, or the lake in its place, in UTC.

    Raises WarehouseBusy while another process has it open: for a reader at once, because a run may hold it long; for a
    writer after `patience_seconds`, because readers such as `warehouse status` take only a moment. Raises FileDamaged
    for a file that DuckDB can't read, on opening it or later, and FileUnusable for one that can't be opened. A lake has
    many readers and writers (`orchestration.lake.turns`); without PostgreSQL it is unusable after `patience_seconds`.
    """
    if isinstance(path, Lake):
        connection = _open_lake(path, read_only, READER_PATIENCE_SECONDS if read_only else patience_seconds)
    elif read_only:
        connection = _open(path, read_only=True)
    else:
        from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

        path.parent.mkdir(parents=True, exist_ok=True)
        with_retries = Retrying(
            retry=retry_if_exception_type(WarehouseBusy),
            stop=stop_after_delay(patience_seconds),
            wait=wait_fixed(0.1),
            reraise=True,
        )
        connection = with_retries(_open, path, read_only=False)
    try:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set preserve_insertion_order = true")
        yield connection
    except duckdb.Error as error:
        if is_damage(str(error)):
            raise damaged(path, error) from error
        if isinstance(path, Lake) and (isinstance(error, duckdb.HTTPException) or is_transient(error)):
            from orchestration.lake.attach import server_problem

            raise server_problem(path, error) from None
        raise
    finally:
        connection.close()


def _open_lake(lake: Lake, read_only: bool, patience_seconds: float) -> duckdb.DuckDBPyConnection:
    # Its packages are an extra.
    from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

    from orchestration.lake.attach import LakeAway, open_lake
    from orchestration.lake.patient import PatientConnection

    with_retries = Retrying(
        retry=retry_if_exception_type(LakeAway),
        stop=stop_after_delay(patience_seconds),
        wait=wait_fixed(0.5),
        reraise=True,
    )
    opened = with_retries(open_lake, lake)
    connection = opened if read_only else cast(duckdb.DuckDBPyConnection, PatientConnection(opened))
    shared(connection, lake)
    return connection


def _open(path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        if is_in_use(str(error)):
            holder = re.search(r"PID (\d+)", str(error))
            raise WarehouseBusy(
                f"{path} is in use by process {holder.group(1) if holder else '?'}: wait for it to end"
            ) from None
        if sentence := duckdb_sentence(str(error)):
            raise FileUnusable(f"the working file can't be opened: {sentence}") from error
        raise damaged(path, error) from error
    except (duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException) as error:
        # What DuckDB raises for changed bytes before it verifies checksums.
        raise damaged(path, error) from error


def damaged(path: Path | Lake, error: object) -> FileDamaged:
    """The error about a working file that DuckDB can't read, with the next step."""
    if isinstance(path, Lake):
        return FileDamaged(
            f"a file of {path} is damaged: {first_line(error)}. Restore it from the copy of {path.data}, see "
            "docs/operations/lake.md"
        )
    return FileDamaged(
        f"the working file {path} is damaged: {first_line(error)}. Restore it from a copy, or move it away and run "
        f"`warehouse reparse SOURCE` for each folder in {path.with_name('landing')}, then `warehouse run`"
    )


def prepare(connection: duckdb.DuckDBPyConnection, datasets: Iterable[Dataset]) -> None:
    """Create what is missing: the ledger tables, one raw table per dataset, and new columns.

    Drops the column that earlier versions stored. A column that is derived from the response's own record, not from
    its body, is filled for stored rows.
    """
    datasets = list(datasets)
    wanted: dict[str, dict[str, str]] = dict(LEDGER)
    wanted |= {dataset.table: raw_columns(dataset) for dataset in datasets}
    from_response = {
        dataset.table: dataset.read.from_response for dataset in datasets if isinstance(dataset.read, ZippedCsv)
    }
    if is_shared(connection):
        stored = _stored_columns(connection)
        if all(
            columns.keys() <= stored.get(table, set()) and DROPPED_COLUMN not in stored[table]
            for table, columns in wanted.items()
        ):
            return

    def create() -> None:
        connection.execute("begin")
        _create(connection, wanted, from_response)
        commit(connection)

    in_turn(connection, ["*"], create)


def _stored_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """The columns of each raw table that exists.

    One catalogue query for all: every step prepares, and one per table dominated the time of a skipped source.
    """
    found = connection.execute(
        "select table_name, list(column_name) from duckdb_columns() where schema_name = 'raw' group by table_name"
    ).fetchall()
    return {table: set(columns) for table, columns in found}


def _create(
    connection: duckdb.DuckDBPyConnection,
    wanted: Mapping[str, dict[str, str]],
    from_response: Mapping[str, Mapping[str, str]],
) -> None:
    stored = _stored_columns(connection)
    connection.execute("create schema if not exists raw")
    for table, columns in wanted.items():
        if table not in stored:
            listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"create table raw.{table} ({listed})")
        elif DROPPED_COLUMN in stored[table]:
            connection.execute(f"alter table raw.{table} drop column {DROPPED_COLUMN}")
        for column in columns.keys() - stored.get(table, columns.keys()):
            kind = columns[column].removesuffix(" not null")
            connection.execute(f"alter table raw.{table} add column {column} {kind}")
            if expression := from_response.get(table, {}).get(column):
                connection.execute(
                    f"update raw.{table} as stored set {column} = try_cast({expression} as {kind}) "
                    "from raw.responses where stored.response_id = responses.response_id"
                )
    if "extractions" in stored:
        _rename_outcomes(connection)


def _rename_outcomes(connection: duckdb.DuckDBPyConnection) -> None:
    """Outcomes in the words of today: homes of earlier versions hold older ones."""
    for earlier, outcome in EARLIER_OUTCOMES.items():
        connection.execute("update raw.extractions set outcome = ? where outcome = ?", [outcome, earlier])


def raw_columns(dataset: Dataset) -> dict[str, str]:
    """The columns of a dataset's raw table with their types: key columns are never null."""
    provided = {
        column: f"{kind} not null" if column in dataset.key else kind for column, kind in dataset.columns.items()
    }
    return provided | VERSION_COLUMNS


def record_attempt(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, now: datetime, outcome: str, message: str | None
) -> None:
    """Store the newest attempt on a dataset, for `warehouse status`."""
    record_attempts(connection, [(dataset, outcome, message)], now)


def record_attempts(
    connection: duckdb.DuckDBPyConnection, attempts: Sequence[tuple[Dataset, str, str | None]], now: datetime
) -> None:
    """Store the newest attempts on several datasets, each with its outcome and message, in one transaction."""

    def record() -> None:
        connection.execute("begin")
        for dataset, outcome, message in attempts:
            _record(connection, [dataset.provider.name, dataset.name], now, outcome, message)
        commit(connection)

    in_turn(connection, ["extractions"], record)


def _record(
    connection: duckdb.DuckDBPyConnection, key: Sequence[str], now: datetime, outcome: str, message: str | None
) -> None:
    connection.execute("delete from raw.extractions where source = ? and dataset = ?", key)
    connection.execute(
        "insert into raw.extractions values (?, ?, ?, ?, ?)", [*key, now.replace(tzinfo=None), outcome, message]
    )


def archived_until(connection: duckdb.DuckDBPyConnection, archive: tuple[str, str]) -> dict[str, datetime]:
    """Per asset, the instant up to which an archive's files are complete without a gap, from the first one on.

    Empty when the archive's newest attempt had problems: then nothing is known to be complete.
    """
    spans = connection.execute(
        """
        select subject, window_start, window_end
        from raw.responses semi join (from raw.extractions where outcome = 'complete') using (source, dataset)
        where source = ? and dataset = ? and status = 200 and window_start is not null
        order by subject, window_start, window_end
        """,
        list(archive),
    ).fetchall()
    until: dict[str, datetime] = {}
    for subject, start, end in spans:
        reached = until.setdefault(subject, end.replace(tzinfo=UTC))
        if start.replace(tzinfo=UTC) <= reached:
            until[subject] = max(reached, end.replace(tzinfo=UTC))
    return until


def newest_observation(file: Path | Lake) -> datetime | None:
    """The newest `observed_at` in the working file; None where it holds nothing."""
    if not file.exists():
        return None
    with connect(file) as connection:
        names = "select column_name from duckdb_columns() where schema_name = 'raw' and table_name = 'responses'"
        known = {name for (name,) in connection.execute(names).fetchall()}
        if not known:
            return None
        column = "coalesce(observed_at, fetched_at)" if "observed_at" in known else "fetched_at"
        ((newest,),) = connection.execute(f"select max({column}) from raw.responses").fetchall()
    return newest.replace(tzinfo=UTC) if newest else None


def last_attempt(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> tuple[datetime, str] | None:
    """When (naive UTC) the dataset was last attempted, and the outcome; None before the first attempt."""
    found = connection.execute(
        "select attempted_at, outcome from raw.extractions where source = ? and dataset = ?",
        [dataset.provider.name, dataset.name],
    ).fetchone()
    return (found[0], found[1]) if found else None


def replace_sessions(connection: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> None:
    """Replace the exchange calendar: it comes from a library, not from a provider, and has no versions."""

    def replace() -> None:
        connection.execute("begin")
        _replace(connection, "nyse_sessions", rows)
        commit(connection)

    in_turn(connection, ["nyse_sessions"], replace)


def replace_claims(
    connection: duckdb.DuckDBPyConnection, claims: Parsed | None, now: datetime, message: str | None
) -> None:
    """Replace the user's own claims, with their rejected rows; `claims` None: there is no file of claims."""
    key = ["imports", "claims"]

    def replace() -> None:
        connection.execute("begin")
        _replace(connection, "imports_claims", claims.rows if claims else [])
        for table in ("rejected_records", "extractions"):
            connection.execute(f"delete from raw.{table} where source = ? and dataset = ?", key)
        if claims is not None:
            _record(connection, key, now, outcome_of(claims), message)
            reject(connection, [*key, "imports/claims.csv"], now, claims.rejected)
        commit(connection)

    in_turn(connection, ["imports_claims", "rejected_records", "extractions"], replace)


def _replace(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    """Replace the content of a ledger table, within the caller's transaction."""
    columns = LEDGER[table]
    connection.execute(f"delete from raw.{table}")
    if rows:
        # Imported here, because `warehouse status` opens the file, too, and pyarrow takes a third of a second.
        import pyarrow as pa

        batch = pa.table({column: [row[i] for row in rows] for i, column in enumerate(columns)})
        connection.register("new_rows", batch)
        connection.execute(f"insert into raw.{table} from new_rows")
        connection.unregister("new_rows")
