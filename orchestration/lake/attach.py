"""Opening the lake with DuckDB: the extensions from their packages, the credentials as DuckDB secrets, one attach.

Nothing is downloaded: the extensions are files of the packages of the extra `lake`, and each loads in the DuckDB of its
own version alone. Credentials are parameters of `create secret`, so they stand in no statement and in no error.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from orchestration.file_errors import FileUnusable, first_line
from orchestration.lake.settings import Lake

NAME = "lake"
"""The lake among the databases of a connection."""
SCHEMA = "warehouse_lake"
"""DuckLake's own tables in PostgreSQL; a database holds one lake."""
EXTENSIONS = ("httpfs", "postgres_scanner", "ducklake")
SETTINGS = {
    "autoinstall_known_extensions": "false",
    # Commits of other machines get in between; each try reads what they changed.
    "ducklake_max_retry_count": "100",
    # With the wait tripled each time, S3 may be away for two minutes.
    "http_retries": "6",
    "http_retry_wait_ms": "200",
    "http_retry_backoff": "3",
}
LIMITS = "connect_timeout=10 keepalives_idle=30 keepalives_interval=10 keepalives_count=3 tcp_user_timeout=60000"
"""How long to wait for a silent PostgreSQL, in seconds, the last one in milliseconds; by default for ever."""
COMING_BACK = ("starting up", "shutting down", "accepting connections", "in recovery", "too many")
"""What PostgreSQL refuses with for a while only."""
BROKEN = ("server closed the connection", "terminating connection")
"""What a statement fails with whose connection broke under it."""
NOT_MADE = "does not exist - and creating a new DuckLake is explicitly disabled"


class LakeUnusable(FileUnusable):
    """The lake can't be opened as it is; the message names the next step, and no credential."""


class LakeAway(LakeUnusable):
    """PostgreSQL does not respond; it may a moment later."""


def open_lake(lake: Lake, *, create: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to the lake, with `lake` as its default database.

    Connections of one process to one lake share an instance, so only the first one attaches. Raises LakeUnusable.
    """
    connection = _instance(lake).cursor()
    try:
        attach(connection, lake, create=create)
        connection.execute(f"use {NAME}")
    except duckdb.Error as error:
        # Attached by an earlier connection, and PostgreSQL went away since.
        connection.close()
        raise server_problem(lake, error) from None
    except BaseException:
        connection.close()
        raise
    return connection


@cache
def _instance(lake: Lake) -> duckdb.DuckDBPyConnection:
    """The instance of a lake, kept until the process ends.

    A run once hung while it opened a lake just after closing it, so the last connection is never closed.
    """
    return duckdb.connect(":memory:")


def attach(
    connection: duckdb.DuckDBPyConnection, lake: Lake, *, create: bool = False, snapshot: int | None = None
) -> None:
    """Attach the lake as `lake`. With a `snapshot`, as it was then, and read-only. Raises LakeUnusable."""
    _load_extensions(connection)
    _create_secrets(connection, lake)
    place = [f"data_path '{f'{lake.data}data/'.replace(chr(39), chr(39) * 2)}'"] if create else []
    options = [f"metadata_schema '{SCHEMA}'", "meta_secret 'lake_catalogue'", f"create_if_not_exists {create}", *place]
    if snapshot is not None:
        options.append(f"snapshot_version {snapshot}")
    try:
        connection.execute(f"attach if not exists 'ducklake:postgres:{LIMITS}' as {NAME} ({', '.join(options)})")
    except duckdb.Error as error:
        raise _problem(lake, str(error)) from None


def not_made(lake: Lake) -> str:
    """The sentence about a lake that nobody has made yet."""
    return f"{lake} does not exist yet: make it with `warehouse lake init`, once"


def _problem(lake: Lake, text: str) -> LakeUnusable:
    if NOT_MADE in text:
        return LakeUnusable(not_made(lake))
    if "Unable to connect" not in text:
        return LakeUnusable(f"{lake} can't be opened: {first_line(text)}")
    return unreachable(lake, text)


def server_problem(lake: Lake, error: duckdb.Error) -> LakeUnusable:
    """The error about a statement that failed because PostgreSQL or S3 refused it, or did not respond."""
    if "Unable to connect to Postgres" in str(error):
        return unreachable(lake, str(error))
    if any(words in str(error) for words in BROKEN):
        return LakeAway(f"{lake} can't be reached: {first_line(error)}. Check that PostgreSQL runs")
    return LakeUnusable(
        f"{lake} can't be read or written: {first_line(error)}. Check that its servers run, WAREHOUSE_LAKE_DATA, "
        "and the AWS_ variables"
    )


def unreachable(lake: Lake, text: str) -> LakeUnusable:
    """The error about a PostgreSQL that refuses (a wrong login stays wrong) or does not respond."""
    reason = first_line(text.rpartition("failed: ")[2])
    kind = LakeUnusable if "FATAL" in text and not any(words in text for words in COMING_BACK) else LakeAway
    return kind(f"{lake} can't be reached: {reason}. Check WAREHOUSE_LAKE, and that PostgreSQL runs")


def _load_extensions(connection: duckdb.DuckDBPyConnection) -> None:
    for name in EXTENSIONS:
        connection.load_extension(str(_extension(name)))
    for name, value in SETTINGS.items():
        connection.execute(f"set {name} = {value}")


def _extension(name: str) -> Path:
    """The file of an extension in its package. Raises LakeUnusable where it is missing, or of another DuckDB."""
    spec = find_spec(f"duckdb_extension_{name}")
    if spec is None or spec.origin is None:
        raise LakeUnusable(
            f"the package of DuckDB's extension {name} is not installed: install deploy/lake-requirements.lock, which "
            "has what a lake needs"
        )
    folder = Path(spec.origin).parent / "extensions"
    file = folder / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if not file.exists():
        versions = ", ".join(sorted(path.name for path in folder.iterdir()))
        raise LakeUnusable(
            f"DuckDB {duckdb.__version__} can't load its extension {name}, which is of {versions}: install "
            "deploy/lake-requirements.lock, where both are of one version"
        )
    return file


def _create_secrets(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    catalogue = lake.catalogue
    values: dict[str, object] = {
        "host": catalogue.host,
        "port": str(catalogue.port),
        "database": catalogue.database,
        "user": catalogue.user,
        "password": catalogue.password.get_secret_value(),
    }
    if catalogue.sslmode:
        values["sslmode"] = catalogue.sslmode
    _create_secret(connection, "lake_catalogue", "postgres", values)
    if lake.s3 is None:
        return
    s3 = lake.s3
    values = {"scope": f"s3://{s3.bucket}", "region": s3.region, "use_ssl": s3.is_encrypted}
    if s3.endpoint:
        values |= {"endpoint": urlsplit(s3.endpoint).netloc, "url_style": "path"}
    if s3.key_id and s3.secret:
        values |= {"key_id": s3.key_id, "secret": s3.secret.get_secret_value()}
    if s3.token:
        values["session_token"] = s3.token.get_secret_value()
    _create_secret(connection, "lake_data", "s3", values)


def _create_secret(connection: duckdb.DuckDBPyConnection, name: str, kind: str, values: dict[str, object]) -> None:
    listed = ", ".join(f"{option} ?" for option in values)
    connection.execute(f"create or replace temporary secret {name} (type {kind}, {listed})", list(values.values()))


def newest_snapshot(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of the lake's newest snapshot."""
    row = connection.execute(f"select id from {NAME}.current_snapshot()").fetchone()
    assert row is not None
    return int(row[0])
