"""The dbt project's own tests are tested: each finds nothing in the sample, and finds what is broken on purpose."""

import duckdb
import pytest

from tests.warehouse.conftest import PROJECT, Warehouse

BROKEN = {
    "btc_dominance_agrees_with_the_capitalisations": (
        "update release.marts.fct_daily_market_caps set btc_dominance_ratio = btc_dominance_ratio + 0.01"
    ),
    "market_cap_days_are_snapshots": (
        "delete from release.marts.fct_market_cap_snapshots where is_value_of_the_day and trade_date = '2025-05-08'"
    ),
    "no_fact_lies_in_the_future": (
        "update release.marts.fct_daily_prices set trade_date = '2025-05-12' "
        "where asset = 'BTC' and trade_date = '2025-05-11'"
    ),
    "whole_days_of_hourly_bars_make_the_daily_bar": (
        "update release.marts.fct_hourly_prices set high_usd = high_usd + 1 where hour_at = '2025-05-08 21:00:00'"
    ),
    "coinglass_funds_add_up_to_its_printed_sum": (
        "insert into raw.coinglass_etf_flow_history select 'bitcoin', unnest(['IBIT', 'Total']), 1746662400000, "
        "unnest([117400000, 117300000]), timestamp '2025-05-12', 'made-up'"
    ),
    "rolling_liquidations_at_midnight_are_those_of_the_day": (
        "insert into release.marts.fct_rolling_24h select * replace ('total_liquidations_usd' as metric, "
        "'coinglass' as source) from release.marts.fct_rolling_24h where metric = 'spot_volume_usd' "
        "and asset = 'BTC' and scope = 'binance' and as_of_at = '2025-05-09'"
    ),
}
"""Name of a singular test → the damage that it must find."""


def compiled(sample: Warehouse, test: str) -> str:
    """The SQL of a project test as dbt ran it on the sample, which counts rows; of a generic one any use that begins
    so."""
    node_ids = [node_id for node_id in sample.compiled if node_id.startswith(f"test.crypto_market.{test}")]
    assert node_ids, f"dbt ran no test {test}"
    return sample.compiled[node_ids[0]]


def failures(connection: duckdb.DuckDBPyConnection, test_sql: str) -> int:
    """How many rows fail the test; the test fails where there is one."""
    ((count, _, is_failure),) = connection.execute(test_sql).fetchall()
    assert is_failure == bool(count)
    return int(count)


@pytest.mark.parametrize("test", BROKEN)
def test_a_project_test_finds_what_it_is_for(sample: Warehouse, tampered: duckdb.DuckDBPyConnection, test: str) -> None:
    assert failures(tampered, compiled(sample, test)) == 0
    tampered.execute(BROKEN[test])
    assert failures(tampered, compiled(sample, test)) > 0


def test_every_singular_test_of_the_facts_is_broken_here_on_purpose() -> None:
    reports = {file.stem for file in PROJECT.glob("tests/*.sql") if "rpt_" in file.read_text()}
    assert {file.stem for file in PROJECT.glob("tests/*.sql")} - reports == BROKEN.keys()


@pytest.mark.parametrize("broken", [None, "BTC"], ids=["a key with a null in it", "a key that occurs twice"])
def test_unique_key_finds_duplicates_and_nulls(
    sample: Warehouse, tampered: duckdb.DuckDBPyConnection, broken: str | None
) -> None:
    query = compiled(sample, "unique_key_assets_asset")
    assert failures(tampered, query) == 0
    tampered.execute("insert into seeds.assets (asset) values (?)", [broken])
    assert failures(tampered, query) == 1


def test_holds_finds_rows_for_which_the_condition_is_false_or_unknown(
    sample: Warehouse, tampered: duckdb.DuckDBPyConnection
) -> None:
    query = compiled(sample, "holds_stg_farside__fund_flows_versions")
    assert failures(tampered, query) == 0
    tampered.execute("update raw.farside_flows set cell = 'n/a' where asset = 'BTC' and ticker = 'IBIT'")
    assert failures(tampered, query) == 16
