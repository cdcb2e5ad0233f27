"""The marts in Debian's PostgreSQL: every type, row, key and comment, swapped whole or not at all."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas
import psycopg
import pytest
import sqlalchemy
from pydantic import SecretStr

from orchestration.release.open import PublishedFile
from orchestration.release.postgres import LEDGER, copy_to_postgres
from orchestration.release.postgres_tables import TYPES, CopyFailed, postgres_type
from tests.warehouse.conftest import Warehouse
from tests.warehouse.postgres_server import INSTALLED, PASSWORD, postgres_server

pytestmark = pytest.mark.slow
GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "bi.md"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    if not INSTALLED:
        assert "CI" not in os.environ, "PostgreSQL is missing where the copy must be tried"
        pytest.skip("no PostgreSQL on this machine: install it to try the copy")
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="module")
def whole(url: str, sample: Warehouse) -> str:
    """A schema with a copy of everything, to be looked at."""
    copy_to_postgres(PublishedFile(sample.release_file, "whole"), SecretStr(url))
    return "crypto_market"


@pytest.fixture(scope="module")
def marts(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> PublishedFile:
    """A release of a few marts, for what is the same with few."""
    file = tmp_path_factory.mktemp("few") / "crypto_market.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"attach '{sample.release_file}' as whole (read_only)")
        connection.execute("create schema marts")
        for name in ("dim_assets", "dim_market_events", "fct_daily_market"):
            connection.execute(f"create table marts.{name} as from whole.marts.{name}")
    return PublishedFile(file, "first")


@pytest.fixture
def schema(url: str, marts: PublishedFile, request: pytest.FixtureRequest) -> str:
    """A schema of the test's own with a copy in it."""
    name = request.node.name[:40]
    copy_to_postgres(marts, SecretStr(url), name)
    return name


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def changed(marts: PublishedFile, folder: Path, *statements: str) -> PublishedFile:
    """A release in which something is different."""
    file = folder / "changed.duckdb"
    file.write_bytes(marts.path.read_bytes())
    with duckdb.connect(str(file)) as connection:
        for statement in statements:
            connection.execute(statement)
    return PublishedFile(file, "second")


def test_every_value_arrives_to_the_last_digit(url: str, sample: Warehouse, whole: str) -> None:
    tables = [name for (name,) in sample.rows("select table_name from duckdb_tables() where schema_name = 'marts'")]
    assert len(tables) > 30
    for table in tables:
        query = f"select * from {{}}.{table}"
        arrived = Counter(map(comparable, ask(url, query.format(whole))))
        assert arrived == Counter(map(comparable, sample.rows(query.format("marts")))), table


def comparable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Postgres' JSON arrives parsed, DuckDB's as text."""
    return tuple(
        json.dumps(value if isinstance(value, (dict, list)) else json.loads(value), sort_keys=True)
        if isinstance(value, (dict, list)) or (isinstance(value, str) and value[:1] in ("{", "["))
        else value
        for value in row
    )


def test_keys_comments_and_types_come_along(url: str, sample: Warehouse, whole: str) -> None:
    keys = ask(
        url,
        "select conrelid::regclass::text, array_agg(attname::text order by attnum) from pg_constraint "
        "join pg_attribute on attrelid = conrelid and attnum = any (conkey) "
        f"where contype = 'p' and connamespace = '{whole}'::regnamespace group by conrelid",
    )
    assert len(keys) == len(sample.rows("select 1 from duckdb_tables() where schema_name = 'marts'")) + 1
    silent = ask(
        url,
        "select attrelid::regclass::text, attname from pg_attribute join pg_class on pg_class.oid = attrelid "
        f"where relnamespace = '{whole}'::regnamespace and relkind = 'r' and attnum > 0 "
        f"and relname <> '{LEDGER}' and col_description(attrelid, attnum) is null",
    )
    assert not silent
    (described,) = ask(url, f"select obj_description('{whole}.fct_daily_market'::regclass)")
    assert described[0].startswith("One row per asset")
    (types,) = ask(
        url,
        "select array_agg(format_type(atttypid, atttypmod) order by attname) from pg_attribute "
        f"where attrelid = '{whole}.fct_daily_market'::regclass "
        "and attname in ('close_usd', 'return_ratio', 'trade_date', 'is_nyse_session')",
    )
    assert types == (["numeric(18,8)", "boolean", "double precision", "date"],)


def test_tools_find_and_read_the_copy_as_the_guide_says(url: str, whole: str) -> None:
    """Metabase, Tableau and Power BI look in the catalog first; Grafana runs the query of the guide."""
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    catalog = sqlalchemy.inspect(engine)
    assert {"fct_daily_market", "fct_daily_metrics"} <= set(catalog.get_table_names(schema=whole))
    assert catalog.get_pk_constraint("fct_daily_market", schema=whole)["constrained_columns"] == ["asset", "trade_date"]
    described = {column["name"]: column for column in catalog.get_columns("fct_daily_market", schema=whole)}
    assert isinstance(described["trade_date"]["type"], sqlalchemy.Date)
    assert described["close_usd"]["comment"]
    (query,) = re.findall(r"^\| Grafana \|.*`(select [^`]+)`", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    frame = pandas.read_sql(query, engine)
    assert str(frame["time"].dtype).startswith("datetime64")
    assert frame["close_usd"].iloc[-1] == Decimal("104118.00000000")
    engine.dispose()


def test_an_empty_text_is_not_null_and_a_null_is_not_empty(url: str, marts: PublishedFile, tmp_path: Path) -> None:
    texts = changed(
        marts,
        tmp_path,
        "create table marts.fct_texts (id integer primary key, said varchar, ratio double, fact json)",
        "insert into marts.fct_texts values (1, '', 'nan', '{\"a\": [1, null]}'), (2, null, '-inf', null), "
        "(3, 'a \"quoted\", line\n\\N and \\.', 0.1::double + 0.2::double, '\"\"'), (4, '\\.', null, '1')",
    )
    copy_to_postgres(texts, SecretStr(url), "texts")
    with duckdb.connect(str(texts.path), read_only=True) as connection:
        expected = connection.execute("select id, said, ratio::varchar from marts.fct_texts order by id").fetchall()
    found = ask(url, "select id, said, lower(ratio::text), fact from texts.fct_texts order by id")
    assert [(row[0], row[1]) for row in found] == [(row[0], row[1]) for row in expected]
    assert [row[2] for row in found] == ["nan", "-infinity", "0.30000000000000004", None]
    assert [row[3] for row in found] == [{"a": [1, None]}, None, "", 1]


def test_a_zero_in_a_text_does_not_end_the_copy(url: str, marts: PublishedFile, tmp_path: Path) -> None:
    """Postgres has none: the reason of a source that sent a binary body may quote it."""
    zero = "update marts.dim_assets set name = 'a' || chr(0) || 'b' where asset = 'BTC'"
    copy_to_postgres(changed(marts, tmp_path, zero), SecretStr(url), "zero")
    assert ask(url, "select name from zero.dim_assets where asset = 'BTC'") == [("a\N{REPLACEMENT CHARACTER}b",)]


def test_a_second_copy_replaces_the_first(url: str, marts: PublishedFile, schema: str, tmp_path: Path) -> None:
    ask(url, f'create role "{schema}_reader"')
    ask(url, f'grant select on "{schema}".fct_daily_market to "{schema}_reader"')
    ask(url, f'grant select on "{schema}".dim_assets to public')
    ask(url, f'create table "{schema}".notes (note text)')
    later = changed(
        marts,
        tmp_path,
        "update marts.fct_daily_market set close_usd = 1 where asset = 'BTC'",
        "drop table marts.dim_market_events",
    )
    copied = copy_to_postgres(later, SecretStr(url), schema)
    assert ask(url, f"select distinct close_usd from \"{schema}\".fct_daily_market where asset = 'BTC'") == [(1,)]
    standing = ask(
        url, f"select relname from pg_class where relnamespace = '\"{schema}\"'::regnamespace and relkind = 'r'"
    )
    assert {name for (name,) in standing} == {*(table.name for table in copied), LEDGER, "notes"}
    assert ask(url, f'select distinct release_version from "{schema}".{LEDGER}') == [("second",)]
    assert not ask(url, f"select 1 from pg_namespace where nspname = '{schema}__incoming'")
    for role, table in ((f"{schema}_reader", "fct_daily_market"), ("pg_monitor", "dim_assets")):
        assert ask(url, f"select has_table_privilege('{role}', '\"{schema}\".{table}', 'select')") == [(True,)]


def test_a_copy_that_fails_leaves_the_one_before(url: str, marts: PublishedFile, schema: str, tmp_path: Path) -> None:
    # The last table in the alphabet: everything before it was copied when this one is refused.
    odd = changed(marts, tmp_path, "create table marts.zzz (id integer primary key, parts integer[])")
    with pytest.raises(CopyFailed, match=r"no Postgres type for INTEGER\[\]"):
        copy_to_postgres(odd, SecretStr(url), schema)
    assert ask(url, f'select distinct release_version from "{schema}".{LEDGER}') == [("first",)]
    assert ask(url, f'select count(*) from "{schema}".fct_daily_market')[0][0] > 300


def test_a_broken_connection_leaves_the_copy_before(
    url: str, marts: PublishedFile, schema: str, tmp_path: Path
) -> None:
    ask(
        url,
        "create function cut() returns event_trigger language plpgsql as "
        "$$begin perform pg_terminate_backend(pg_backend_pid()); end$$",
    )
    ask(url, "create event trigger cut on ddl_command_start when tag in ('DROP TABLE') execute function cut()")
    try:
        with pytest.raises(CopyFailed, match="keeps the earlier one"):
            copy_to_postgres(changed(marts, tmp_path), SecretStr(url), schema)
    finally:
        ask(url, "drop event trigger cut")
        ask(url, "drop function cut")
    assert ask(url, f'select distinct release_version from "{schema}".{LEDGER}') == [("first",)]


def test_what_others_made_is_left_alone(url: str, marts: PublishedFile, schema: str) -> None:
    ask(url, f'create view public."{schema}" as select close_usd from "{schema}".fct_daily_market')
    with pytest.raises(CopyFailed, match=r"nothing was changed: view .* depends on table"):
        copy_to_postgres(marts, SecretStr(url), schema)
    ask(url, "create schema theirs; create table theirs.dim_assets (id int)")
    with pytest.raises(CopyFailed, match=r"theirs\.dim_assets was not made by an earlier copy"):
        copy_to_postgres(marts, SecretStr(url), "theirs")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("postgresql://analyst:wr0ng@127.0.0.1:{port}/postgres", "user or the password is wrong"),
        ("postgresql://analyst:{password}@127.0.0.1:{port}/nowhere", "no such user or database"),
        ("postgresql://analyst:{password}@127.0.0.1:1/postgres", "the connection was refused"),
        ("postgresql://analyst:s3cr:3t@127.0.0.1:port/postgres", "can't be re"),
        ("hunter2 is no address", "can't be read"),
    ],
    ids=["password", "database", "port", "not a port", "no address"],
)
def test_an_address_that_does_not_work_is_told_without_its_secret(
    url: str, marts: PublishedFile, address: str, reason: str
) -> None:
    password, _, rest = url.removeprefix("postgresql://analyst:").partition("@")
    port = rest.partition(":")[2].partition("/")[0]
    with pytest.raises(CopyFailed, match=reason) as told:
        copy_to_postgres(marts, SecretStr(address.format(port=port, password=password)))
    for secret in (PASSWORD, password, "wr0ng", "s3cr", "3t@", "hunter2"):
        assert secret not in str(told.value)


def test_a_type_is_never_guessed() -> None:
    assert postgres_type("DECIMAL(18,2)").as_string() == "numeric(18, 2)"
    assert {postgres_type(name).as_string() for name in TYPES} == set(TYPES.values())
    with pytest.raises(CopyFailed, match="add it to TYPES"):
        postgres_type("STRUCT(a INTEGER)")
