"""`warehouse sql --as-of`: one instant for a whole query."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.cli.query import QueryRejected, run_query
from orchestration.release.as_of import UnknownInstant, first_observation, instant
from orchestration.release.open import PublishedFile, open_file
from tests.warehouse.conftest import NOW, Warehouse
from tests.warehouse.test_as_of import MACROS, VINTAGES

KEY = "asset = 'BTC' and scope = 'binance' and trade_date = '2025-05-08'"


@contextmanager
def opened(warehouse: Warehouse, at_instant: datetime | None) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = open_file(PublishedFile(warehouse.release_file, "test"), as_of=at_instant)
    try:
        yield connection
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2025-06-11", datetime(2025, 6, 11)),
        ("2025-06-11T06:00", datetime(2025, 6, 11, 6)),
        (" 2025-06-11 06:00:30.5 ", datetime(2025, 6, 11, 6, 0, 30, 500_000)),
        ("2025-06-11T06:00:00Z", datetime(2025, 6, 11, 6)),
        ("2025-06-11T06:00:00+02:00", datetime(2025, 6, 11, 4)),
    ],
)
def test_an_instant_is_read_as_utc(text: str, meant: datetime) -> None:
    assert instant(text) == meant


FIRST = "0001-01-01T00:00:00+14:00"
"""A day before the calendar in UTC."""


@pytest.mark.parametrize("text", ["", "11.06.2025", "20250611", "2025-06", "2025-02-30", "yesterday", "1749600", FIRST])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UnknownInstant, match="write 2025-06-11"):
        instant(text)


@pytest.mark.parametrize("at_instant", VINTAGES)
def test_three_instants_give_three_answers_that_agree_in_every_table(restated: Warehouse, at_instant: datetime) -> None:
    """One query over four tables, none of which says anything of an instant."""
    query = f"""
    select liquidations.short_usd::double, metrics.value, records.value,
        (select arg_max(short_usd, observed_at)::double from fct_liquidation_versions where {KEY})
    from fct_daily_liquidations as liquidations
    join crypto_market.marts.fct_daily_metrics as metrics using (asset, scope, trade_date)
    join marts.fct_daily_records as records using (metric, asset, scope, time_window, statistic, trade_date)
    where {KEY} and metrics.metric = 'short_liquidations_usd'
    """
    with opened(restated, at_instant) as connection:
        assert run_query(connection, query).rows == [(VINTAGES[at_instant],) * 4]


@pytest.mark.parametrize("at_instant", VINTAGES)
def test_revisions_are_those_made_by_then(restated: Warehouse, at_instant: datetime) -> None:
    earlier = [vintage for vintage in VINTAGES if vintage < at_instant]
    query = f"select count(*) from fct_revisions where metric = 'short_liquidations_usd' and {KEY}"
    with opened(restated, at_instant) as connection:
        assert run_query(connection, query).rows == [(len(earlier),)]


@pytest.fixture(scope="module")
def opened_once(restated: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(restated, NOW) as connection:
        yield connection


@pytest.mark.parametrize("mart", MACROS.values())
def test_every_mart_with_a_macro_is_told_as_of_the_instant(opened_once: duckdb.DuckDBPyConnection, mart: str) -> None:
    told = run_query(opened_once, f"from {mart}").rows
    (macro,) = (macro for macro, of in MACROS.items() if of == mart)
    assert told == run_query(opened_once, f"from {macro}('{NOW}')").rows


def test_no_table_is_told_as_it_is_now_unless_it_has_no_history(restated: Warehouse) -> None:
    """Whatever table is added: it is told as of the instant, says that it is not, or is a reference table."""
    query = "select table_name from duckdb_tables() where schema_name = 'marts' and estimated_size > 0 order by 1"
    tables = [name for (name,) in restated.rows(query)]
    refused: dict[str, str] = {}
    told = []
    with opened(restated, NOW) as connection:
        for table in tables:
            try:
                run_query(connection, f"from {table} limit 1")
                told.append(table)
            except QueryRejected as refusal:
                refused[table] = str(refusal)
    for table, words in refused.items():
        assert words.startswith(f"{table} is not kept by instant: query it without --as-of. Kept are fct_")
    versions = [table for table in tables if table.endswith("_versions")]
    references = [table for table in tables if table.startswith("dim_")]
    assert sorted(told) == sorted(
        [
            *(set(MACROS.values()) & set(tables)),
            *versions,
            *references,
            "fct_hourly_prices",
            "fct_market_cap_snapshots",
            "fct_revisions",
            "rpt_restatements",
        ]
    )
    reports = {"rpt_claims", "rpt_claim_interpretations", "rpt_gaps", "rpt_market_brief", "rpt_records"}
    assert {"fct_rolling_24h", "fct_etf_reconciliation"} | reports == set(refused)


def test_what_is_known_now_stands_beside_it(restated: Warehouse) -> None:
    query = f"""
    select known.short_usd::double, now.short_usd::double
    from fct_daily_liquidations as known join release.marts.fct_daily_liquidations as now
    using (asset, scope, trade_date) where {KEY}
    """
    first, *_, last = VINTAGES.values()
    with opened(restated, NOW) as connection:
        assert run_query(connection, query).rows == [(first, last)]


def test_the_look_up_of_records_looks_at_the_instant_too(restated: Warehouse) -> None:
    query = "select value from highest_since('short_liquidations_usd', 'BTC', 'binance', '2025-05-08')"
    for at_instant, value in VINTAGES.items():
        with opened(restated, at_instant) as connection:
            assert run_query(connection, query).rows == [(value,)]


def test_before_the_first_observation_every_table_is_empty(restated: Warehouse) -> None:
    with opened(restated, datetime(2025, 5, 11)) as connection:
        assert first_observation(connection) == NOW
        for mart in MACROS.values():
            assert run_query(connection, f"from {mart}").rows == []


def test_the_tables_are_listed_and_described_as_without_an_instant(restated: Warehouse) -> None:
    with opened(restated, NOW) as known, opened(restated, None) as now:
        for command in (".tables", ".schema fct_daily_prices", ".schema"):
            assert run_query(known, command) == run_query(now, command)


@pytest.mark.parametrize(
    "query",
    [
        "create table release.marts.x as select 1",
        "update release.marts.dim_assets set name = ''",
        "from '/etc/passwd'",
        "attach '{}' as other",
    ],
)
def test_an_instant_opens_no_door(restated: Warehouse, tmp_path: Path, query: str) -> None:
    """The views live in memory; what a query may reach stays the published file, and that read-only."""
    with opened(restated, NOW) as connection, pytest.raises(QueryRejected):
        run_query(connection, query.format(tmp_path / "other.duckdb"))
