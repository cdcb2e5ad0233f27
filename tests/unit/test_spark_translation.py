"""The SQL of a model in Spark's words; `tests/lake/test_spark_builds.py` compares the rows, on a cluster."""

import pytest

from orchestration.lake.spark.translate import Untranslatable, relations_of, spark_type, translate

COLUMNS = {
    "symbol": "VARCHAR",
    "at": "TIMESTAMP",
    "day": "DATE",
    "price": "DECIMAL(18,8)",
    "quantity": "DECIMAL(28,10)",
    "n": "BIGINT",
}
SCHEMAS = {"raw__events": COLUMNS, "raw__days": {"symbol": "VARCHAR", "day": "DATE"}}


def spark(sql: str) -> str:
    found = translate(sql, SCHEMAS)
    return " ".join([*(f"{step.name}: {step.query};" for step in found.steps), found.query])


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select n // 16 as block from raw.events", "DIV 16"),
        ("select n / 2 as half from raw.events", "TRY_DIVIDE((CAST((events.n) AS DOUBLE)), (CAST((2) AS DOUBLE)))"),
        ("select (day - date '0001-01-01') * 86400000 as ms from raw.events", "CAST(DATEDIFF(events.day"),
        ("select day + interval 1 day as at from raw.events", "CAST(events.day AS TIMESTAMP_NTZ) + INTERVAL '1' DAY"),
        ("select * exclude (n) from raw.events", "events.quantity AS quantity FROM raw__events AS events"),
        ("select make_timestamp(n) as at from raw.events", "CAST(TIMESTAMP_MICROS(events.n) AS TIMESTAMP_NTZ)"),
        ("from raw.events anti join raw.days using (symbol, day)", "ANTI JOIN raw__days AS days ON"),
        (
            "select row_number() over () as id from raw.events",
            "CAST(ROW_NUMBER() OVER (ORDER BY NULL NULLS LAST) AS BIGINT)",
        ),
        ("select symbol, sum(n) as n from raw.events group by all", "GROUP BY ALL"),
        (
            "select row_number() over () as id, symbol, 1 as one, sum(n) as n from raw.events group by all",
            "GROUP BY events.symbol",
        ),
        ("select error('too many') as x from raw.events", "RAISE_ERROR('too many')"),
        (
            "select array_to_string(list_sort(list_distinct(list(symbol))), ',') as x from raw.events group by day",
            "ARRAY_JOIN(ARRAY_SORT(ARRAY_DISTINCT(COLLECT_LIST(events.symbol))), ',')",
        ),
    ],
)
def test_the_words_of_duckdb_become_sparks(sql: str, expected: str) -> None:
    assert expected in spark(sql)


@pytest.mark.parametrize(
    "quotient", ["price / n", "(price / n)", "coalesce(price / n, price)", "if(n > 1, price / n, 0)", "price / n + 1"]
)
def test_a_quotient_becomes_a_decimal_as_the_double_that_it_is(quotient: str) -> None:
    """DuckDB rounds the double times ten to the places; Spark rounds its text, which can end below the half."""
    assert "* 1E10) AS BIGINT)" in spark(f"select cast({quotient} as decimal(28, 10)) as part from raw.events").upper()


def test_with_queries_become_steps_with_names_of_their_own() -> None:
    sql = """
        with a as (with a as (select n from raw.events) select n + 1 as n from a), b as (select n from a)
        select a.n from a inner join b using (n)
    """
    found = translate(sql, SCHEMAS)
    assert [(step.name, step.is_shared) for step in found.steps] == [("a_1", False), ("a_2", True), ("b_3", False)]
    assert "a_2 AS a" in found.query


def test_the_parts_of_a_union_have_duckdbs_common_type() -> None:
    sql = """
        select price * quantity as value from raw.events
        union all by name
        select symbol, price as value from raw.events
    """
    found = spark(sql)
    assert found.count("AS DECIMAL(38, 18)) AS value") == 2
    assert "NULL AS symbol" in found


def test_qualify_becomes_a_condition_around_the_query() -> None:
    sql = "select symbol from raw.events qualify n != first_value(n) over (partition by symbol order by at)"
    assert spark(sql).endswith("AS _judged WHERE _judged._kept")


def test_an_asof_join_takes_the_newest_row() -> None:
    sql = (
        "select e.n from raw.events as e asof left join (from raw.days) as d on e.symbol = d.symbol and e.day >= d.day"
    )
    with pytest.raises(Untranslatable):
        spark(sql)
    sql = """
        with d as (from raw.days)
        select e.n from raw.events as e asof left join d on e.symbol = d.symbol and e.day >= d.day
    """
    assert "e.day >= d.day AND COALESCE(e.day < d._next, TRUE)" in spark(sql)


def test_relations_are_those_with_a_schema() -> None:
    assert relations_of("with a as (from raw.events) select * from a, seeds.venues") == {
        ("raw", "events"),
        ("seeds", "venues"),
    }


def test_an_unknown_column_is_untranslatable() -> None:
    with pytest.raises(Untranslatable):
        spark("select nothing from raw.events")


def test_an_aggregate_that_sorts_is_untranslatable() -> None:
    with pytest.raises(Untranslatable, match=r"array_to_string\(list_sort"):
        spark("select string_agg(distinct symbol, ',' order by symbol) as symbols from raw.events")


def test_what_cannot_be_parsed_is_untranslatable() -> None:
    with pytest.raises(Untranslatable):
        relations_of("select (from raw.events")


@pytest.mark.parametrize(
    ("of_duckdb", "of_spark"),
    [
        ("INTEGER[]", "array<int>"),
        (
            'STRUCT("day" DATE, price DECIMAL(38,10), "name" VARCHAR)[]',
            "array<struct<`day`: date, `price`: decimal(38, 10), `name`: string>>",
        ),
        ("STRUCT(hash UHUGEINT)[]", None),
        ("UHUGEINT[]", None),
    ],
)
def test_lists_of_records_have_sparks_types(of_duckdb: str, of_spark: str | None) -> None:
    assert spark_type(of_duckdb) == of_spark
