"""A skipped source never breaks a model: with nothing extracted the marts keep their columns and hold no fact."""

from tests.warehouse.conftest import Warehouse

KNOWN_WITHOUT_ANY_SOURCE = {
    "dim_asset_symbols",
    "dim_assets",
    "dim_dates",
    "dim_etf_fund_terms",
    "dim_etf_funds",
    "dim_market_events",
    "dim_metrics",
    "dim_titles",
    "dim_venues",
}


def test_every_mart_is_there_and_every_fact_is_absent(empty: Warehouse, sample: Warehouse) -> None:
    columns = "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'marts' order by all"
    assert empty.rows(columns) == sample.rows(columns)
    tables = {name for (name,) in empty.rows("select table_name from duckdb_tables() where schema_name = 'marts'")}
    counts = {str(table): empty.row(f"select count(*) from marts.{table}")[0] for table in tables}
    facts = {table: count for table, count in counts.items() if table.startswith("fct_")}
    assert facts == dict.fromkeys(facts, 0)
    assert all(counts[table] for table in KNOWN_WITHOUT_ANY_SOURCE)


def test_days_are_of_unknown_kind_without_a_calendar(empty: Warehouse) -> None:
    assert empty.rows("select distinct is_nyse_session, is_early_close from marts.dim_dates") == [(None, None)]
