"""`warehouse sql -o FILE`: the result of a query as a file, by its extension."""

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
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


def workbook(path: Path) -> list[list[Any]]:
    """The cells of a workbook as another program reads them."""
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path).active.rows]


def test_a_workbook_has_figures_dates_and_text(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    values = {
        "day": ("date '2025-05-08'", datetime(2025, 5, 8)),
        "known_at": ("timestamp '2025-05-12 06:00:01.5'", datetime(2025, 5, 12, 6, 0, 1, 500_000)),
        "zoned_at": ("timestamptz '2025-05-12 06:00:00+02'", datetime(2025, 5, 12, 4)),
        "flow_usd": ("40806100000.0000000::decimal(28, 7)", 40806100000),
        "cap_usd": ("3276802834596.34::decimal(18, 2)", 3276802834596.34),
        "ratio": ("0.0642::double", 0.0642),
        "n": ("42", 42),
        "is_final": ("true", True),
        "missing": ("null", None),
        "formula": ("'=1+1'", "=1+1"),
        "link": ("'https://example.com'", "https://example.com"),
    }
    query = "select " + ", ".join(f"{sql} as {name}" for name, (sql, _) in values.items())
    assert write_file(connection, query, tmp_path / "rows.xlsx") == 1
    heading, row = workbook(tmp_path / "rows.xlsx")
    assert heading == list(values)
    assert row == [value for _, value in values.values()]
    sheet = openpyxl.load_workbook(tmp_path / "rows.xlsx").active
    assert [sheet.cell(2, n).number_format for n in (1, 2)] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss.000"]
    assert {sheet.cell(2, n).data_type for n in (10, 11)} == {"s"}


def test_what_a_cell_would_round_is_text_in_a_workbook(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    query = (
        "select 12345678901234.5678::decimal(28, 4), 12345678901234567::bigint, "
        "timestamp '2025-05-12 06:00:00.000001', date '1776-07-04', 'nan'::double, 1.5::decimal(38, 30), [1, 2]"
    )
    write_file(connection, query, tmp_path / "rows.xlsx")
    assert workbook(tmp_path / "rows.xlsx")[1] == [
        *("12345678901234.5678", "12345678901234567", "2025-05-12 06:00:00.000001", "1776-07-04", "nan", 1.5, "[1, 2]")
    ]


@pytest.mark.parametrize(
    ("name", "query", "reason"),
    [
        ("rows.ods", QUERY, "has to end in one of .csv, .json, .md, .parquet, .xlsx"),
        ("rows.xlsx", "select repeat('x', 32768)", "does not fit a cell"),
        ("rows.xlsx", "select 1; select 2", "run them one at a time"),
        ("rows", QUERY, "has to end in one of"),
        ("rows.csv", "select 1; select 2", "run them one at a time"),
        ("rows.parquet", "select 1; select 2", "run them one at a time"),
        ("rows.parquet", "select nothing from nowhere", "nowhere"),
        ("rows.csv", "copy (select 1) to 'stolen.csv'", "locked to the published tables"),
        ("rows.parquet", "select interval 1 month as age", "cast intervals and unions to varchar"),
        ("rows.parquet", "select [union_value(n := 1)] as n", "cast intervals and unions to varchar"),
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
