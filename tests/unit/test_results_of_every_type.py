"""Every type of DuckDB as JSON and CSV: valid, exact, and in DuckDB's words where the format has none."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.cli.query import run_query, write
from orchestration.release.open import NothingPublished, open_published
from orchestration.report.query_result import Format, QueryResult, to_csv, to_json


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A published file as readers open it."""
    folder = tmp_path_factory.mktemp("published")
    with duckdb.connect(str(folder / "crypto_market.duckdb")) as made:
        made.execute("create schema marts")
        made.execute(
            "create table marts.t as select unnest([2, 1, 3]) as i, "
            "unnest([interval 1 month, null, interval 1 day]) as span"
        )
    with closing(open_published(folder)) as opened:
        yield opened


# The expression, its JSON value, its field in CSV.
VALUES: list[tuple[str, Any, str]] = [
    (r"'\xAA\x00b''\x5C'::blob", r"\xAA\x00b\x27\x5C", r"\xAA\x00b\x27\x5C"),
    ("interval '1 month 2 days 3.5 seconds'", "1 month 2 days 00:00:03.5", "1 month 2 days 00:00:03.5"),
    ("interval '1 day'", "1 day", "1 day"),
    ("interval '-25 hours'", "-25:00:00", "-25:00:00"),
    ("null::interval", None, ""),
    ("[interval '1 month', null]", ["1 month", None], '["1 month", null]'),
    (
        "{'a': 1, 'b': interval '1 year', 'c': 'x'::blob}",
        {"a": 1, "b": "1 year", "c": "x"},
        '{"a": 1, "b": "1 year", "c": "x"}',
    ),
    ("map {'k': interval '1 month'}", {"k": "1 month"}, '{"k": "1 month"}'),
    ("map {[1]: 'a'}", {"key": [[1]], "value": ["a"]}, '{"key": [[1]], "value": ["a"]}'),
    ("map {date '2025-05-08': 1.5}", {"2025-05-08": 1.5}, '{"2025-05-08": 1.5}'),
    ("[[1, null], []]", [[1, None], []], "[[1, null], []]"),
    ("array_value(1, 2)", [1, 2], "[1, 2]"),
    ("array_value(interval '1 month')", ["1 month"], '["1 month"]'),
    (
        "'0b1e8d1e-7e41-4a43-b52e-4f8a6a9a1c11'::uuid",
        "0b1e8d1e-7e41-4a43-b52e-4f8a6a9a1c11",
        "0b1e8d1e-7e41-4a43-b52e-4f8a6a9a1c11",
    ),
    ("time '12:00:00.5'", "12:00:00.500000", "12:00:00.500000"),
    ("time '24:00:00'", "24:00:00", "24:00:00"),
    ("timetz '12:00:00+02'", "12:00:00+02:00", "12:00:00+02:00"),
    ("timestamp '2025-05-08 06:00:00'", "2025-05-08T06:00:00", "2025-05-08 06:00:00"),
    ("timestamptz '2025-05-08 06:00:00+02'", "2025-05-08T04:00:00+00:00", "2025-05-08 04:00:00+00:00"),
    ("'2025-05-08 06:00:00.123456789'::timestamp_ns", "2025-05-08 06:00:00.123456789", "2025-05-08 06:00:00.123456789"),
    ("'2025-05-08 06:00:00'::timestamp_ns", "2025-05-08T06:00:00", "2025-05-08 06:00:00"),
    ("'infinity'::date", "infinity", "infinity"),
    ("'-infinity'::timestamp", "-infinity", "-infinity"),
    ("'infinity'::timestamptz", "infinity", "infinity"),
    ("[date 'infinity', date '2025-05-08']", ["infinity", "2025-05-08"], '["infinity", "2025-05-08"]'),
    ("date '9999-12-31'", "9999-12-31", "9999-12-31"),
    ("date '10000-01-01'", "10000-01-01", "10000-01-01"),
    ("'0044-03-15 (BC)'::date", "0044-03-15 (BC)", "0044-03-15 (BC)"),
    ("timestamp '290000-01-01'", "290000-01-01 00:00:00", "290000-01-01 00:00:00"),
    ("1.10::decimal(38, 10)", Decimal("1.1"), "1.1000000000"),
    (
        "12345678901234567890.123456789::decimal(38, 9)",
        Decimal("12345678901234567890.123456789"),
        "12345678901234567890.123456789",
    ),
    ("0.00000001::decimal(18, 8)", Decimal("0.00000001"), "0.00000001"),
    ("-100::decimal(18, 2)", -100, "-100.00"),
    ("170141183460469231731687303715884105727::hugeint", 2**127 - 1, str(2**127 - 1)),
    ("340282366920938463463374607431768211455::uhugeint", 2**128 - 1, str(2**128 - 1)),
    ("'nan'::double", None, "nan"),
    ("'-infinity'::double", None, "-inf"),
    ("['nan'::double, 0.1]", [None, Decimal("0.1")], "[null, 0.1]"),
    ("1e300", Decimal("1e300"), "1e+300"),
    ("'10101'::bit", "10101", "10101"),
    ("'a'::enum ('a', 'b')", "a", "a"),
    ("union_value(k := 1)", 1, "1"),
    ("union_value(k := interval '1 month')", "1 month", "1 month"),
    ("'{\"a\": 1}'::json", '{"a": 1}', '{"a": 1}'),
    ("true", True, "true"),
    ("'a\"\n,→'", 'a"\n,→', 'a"\n,→'),
]


@pytest.mark.parametrize(("expression", "value", "field"), VALUES, ids=[expression for expression, _, _ in VALUES])
def test_a_value_of_every_type(connection: duckdb.DuckDBPyConnection, expression: str, value: Any, field: str) -> None:
    response = run_query(connection, f"select {expression} as v")
    reported = json.loads(to_json(response), parse_float=Decimal)
    assert reported == [{"v": value}]
    assert list(csv.reader(io.StringIO(to_csv(response)))) == [["v"], [field]]


def test_the_rows_keep_their_order_and_their_columns_names(connection: duckdb.DuckDBPyConnection) -> None:
    query = "select span, i, i as span from t order by i -- the last first; or not"
    assert run_query(connection, query) == QueryResult(
        ["span", "i", "span"], [(None, 1, 1), ("1 month", 2, 2), ("1 day", 3, 3)]
    )
    assert run_query(connection, "from t order by i desc limit 1;").rows == [(3, "1 day")]


def test_json_of_nothing_and_of_names_that_need_quotes() -> None:
    assert json.loads(to_json(QueryResult(["a"], []))) == []
    assert json.loads(to_json(QueryResult(['a"b', 'a"b'], [(1, None)]))) == [{'a"b': 1, 'a"b_2': None}]


@pytest.mark.parametrize("format_", Format)
def test_every_format_writes_them(
    connection: duckdb.DuckDBPyConnection, format_: Format, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    columns = ", ".join(f"{expression} as v{i}" for i, (expression, _, _) in enumerate(VALUES))
    write(run_query(connection, f"select {columns}"), format_)
    written = capfdbinary.readouterr().out.decode()
    assert "1 month 2 days 00:00:03.5" in written
    assert "datetime" not in written
    assert "b'" not in written


def test_nothing_is_published_where_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished):
        open_published(tmp_path)
