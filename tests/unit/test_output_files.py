"""`warehouse sql -o FILE`: the result of a query as a file, by its extension."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from pyarrow import parquet

from orchestration.cli.query import QueryRejected, write_file

QUERY = "select * from (values (1, 1.25, 'a'), (2, null, 'b, c')) as t (n, amount_usd, word) order by n"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Locked, as the published file is."""
    with duckdb.connect() as opened:
        opened.execute("set enable_external_access = false")
        yield opened


def test_text_files_hold_the_exact_figures(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for name in ("rows.csv", "rows.json", "rows.md"):
        assert write_file(connection, QUERY, tmp_path / name) == 2
    assert (tmp_path / "rows.csv").read_text() == 'n,amount_usd,word\n1,1.25,a\n2,,"b, c"\n'
    assert json.loads((tmp_path / "rows.json").read_text())[0] == {"n": 1, "amount_usd": 1.25, "word": "a"}
    assert (tmp_path / "rows.md").read_text().startswith("| n | amount_usd | word |\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv", "rows.json", "rows.md"]


def test_parquet_keeps_the_types(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert write_file(connection, QUERY, tmp_path / "rows.parquet") == 2
    table = parquet.read_table(tmp_path / "rows.parquet")
    assert table.column("amount_usd").to_pylist() == [Decimal("1.25"), None]
    assert str(table.schema.field("amount_usd").type).startswith("decimal128")


@pytest.mark.parametrize(
    ("name", "query", "reason"),
    [
        ("rows.xlsx", QUERY, "has to end in one of .csv, .json, .md, .parquet"),
        ("rows", QUERY, "has to end in one of"),
        ("rows.csv", "select 1; select 2", "run them one at a time"),
        ("rows.parquet", "select 1; select 2", "run them one at a time"),
        ("rows.parquet", "select nothing from nowhere", "nowhere"),
        ("rows.csv", "copy (select 1) to 'stolen.csv'", "locked to the published tables"),
        ("rows.parquet", "from '/etc/passwd'", "does not exist"),
    ],
)
def test_a_query_or_name_that_can_t_be_used_leaves_the_file_as_it_was(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, name: str, query: str, reason: str
) -> None:
    (tmp_path / name).write_text("before")
    with pytest.raises(QueryRejected, match=reason):
        write_file(connection, query, tmp_path / name)
    assert (tmp_path / name).read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == [name]
