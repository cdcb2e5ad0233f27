"""The as-of macros of the published file: the marts as of an instant, from versions."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.conftest import NOW, PROJECT, Warehouse, build_warehouse
from tests.warehouse.made_up_market import load_made_up_market
from tests.warehouse.raw_tables import VERSIONED_TABLES

MACROS = {
    "daily_prices_as_of": "fct_daily_prices",
    "daily_venue_prices_as_of": "fct_daily_venue_prices",
    "daily_etf_totals_as_of": "fct_daily_etf_totals",
    "daily_etf_flows_as_of": "fct_daily_etf_flows",
    "daily_liquidations_as_of": "fct_daily_liquidations",
    "daily_derivatives_as_of": "fct_daily_derivatives",
    "daily_leverage_as_of": "fct_daily_leverage",
    "daily_market_caps_as_of": "fct_daily_market_caps",
    "daily_metrics_as_of": "fct_daily_metrics",
    "daily_records_as_of": "fct_daily_records",
    "daily_market_as_of": "fct_daily_market",
    "etf_session_stats_as_of": "fct_etf_session_stats",
    "etf_period_flows_as_of": "fct_etf_period_flows",
    "etf_issuer_flows_as_of": "fct_etf_issuer_flows",
    "daily_perpetual_prices_as_of": "fct_daily_perpetual_prices",
    "all_time_highs_as_of": "fct_all_time_highs",
    "daily_dominance_as_of": "fct_daily_dominance",
    "daily_open_interest_ranges_as_of": "fct_daily_open_interest_ranges",
    "daily_funding_ranges_as_of": "fct_daily_funding_ranges",
    "daily_market_liquidations_as_of": "fct_daily_market_liquidations",
    "daily_stablecoins_as_of": "fct_daily_stablecoins",
    "daily_exchange_flows_as_of": "fct_daily_exchange_flows",
    "daily_sentiment_as_of": "fct_daily_sentiment",
    "daily_implied_volatility_as_of": "fct_daily_implied_volatility",
    "weekly_futures_positioning_as_of": "fct_weekly_futures_positioning",
}
"""Macro → the mart that it returns as of an instant, column by column."""

NOT_BUNDLED = {
    *("daily_derivatives_as_of", "daily_stablecoins_as_of", "daily_exchange_flows_as_of", "daily_sentiment_as_of"),
    *("daily_market_liquidations_as_of", "daily_open_interest_ranges_as_of", "daily_funding_ranges_as_of"),
    *("daily_implied_volatility_as_of", "daily_perpetual_prices_as_of", "weekly_futures_positioning_as_of"),
    *("all_time_highs_as_of", "daily_dominance_as_of"),
}
"""Of these the sample market has no figures."""

RESTATED = datetime(2025, 8, 29, 6)
VINTAGES = {
    datetime(2025, 5, 12, 6): 57_781_833.61,
    datetime(2025, 6, 11, 6): 30_931_070.31,
    RESTATED: 56_294_140.75,
}
"""Observed at → the shorts liquidated on 2025-05-08 as published then, USD."""

THURSDAY_NIGHT = datetime(2025, 5, 9, 4)
"""In the made-up market: after the second of three versions, before the last flows of 7 May were restated."""


def answer(warehouse: Warehouse, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows."""
    result = warehouse.execute(query)
    return [column[0] for column in result.description or []], result.fetchall()


@pytest.fixture(scope="module")
def made_up_on_thursday_night(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The made-up market as a run on that night built it: with nothing in it that was learned later."""

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        load_made_up_market(connection)
        for table in VERSIONED_TABLES:
            connection.execute(f"delete from raw.{table} where observed_at > ?", [THURSDAY_NIGHT])
        connection.execute("delete from raw.responses where fetched_at > ?", [THURSDAY_NIGHT])

    return build_warehouse(tmp_path_factory.mktemp("thursday_night"), fill, THURSDAY_NIGHT)


def test_every_mart_marked_as_of_has_its_macro(sample: Warehouse) -> None:
    macros = "select function_name from duckdb_functions() where not internal and function_name like '%as_of'"
    assert {name for (name,) in sample.rows(macros)} == set(MACROS)
    marked = {file.stem for file in PROJECT.glob("models/marts/**/*.yml") if "meta: {as_of: true}" in file.read_text()}
    assert marked == set(MACROS.values())


@pytest.mark.parametrize("macro", MACROS)
@pytest.mark.parametrize(("name", "now"), [("sample", NOW), ("restated", RESTATED), ("made_up", NOW), ("empty", NOW)])
def test_as_of_the_run_is_the_mart_itself(request: pytest.FixtureRequest, name: str, now: datetime, macro: str) -> None:
    warehouse = request.getfixturevalue(name)
    told = answer(warehouse, f"from {macro}(timestamp '{now}')")
    assert told == answer(warehouse, f"from marts.{MACROS[macro]}")
    assert bool(told[1]) == (name == "made_up" or (name != "empty" and macro not in NOT_BUNDLED))


@pytest.mark.parametrize("macro", MACROS)
def test_as_of_an_earlier_instant_is_what_a_run_at_that_instant_built(
    made_up: Warehouse, made_up_on_thursday_night: Warehouse, macro: str
) -> None:
    told = answer(made_up, f"from {macro}('{THURSDAY_NIGHT}')")
    built = answer(made_up_on_thursday_night, f"from marts.{MACROS[macro]}")
    assert told == built


def test_the_night_knew_less_and_other_figures(made_up: Warehouse, made_up_on_thursday_night: Warehouse) -> None:
    """Else the replay above would compare a table with itself."""
    figures = "select count(*), sum(value) from marts.fct_daily_metrics where metric = 'etf_net_flow_usd'"
    known, later = made_up_on_thursday_night.row(figures), made_up.row(figures)
    assert 0 < known[0] < later[0]
    flow = "select net_flow_usd from marts.fct_daily_etf_totals where asset = 'BTC' and trade_date = '2025-05-07'"
    assert made_up_on_thursday_night.row(flow) != made_up.row(flow)


@pytest.mark.parametrize("at_instant", VINTAGES)
def test_replaying_three_instants_gives_the_figure_published_at_each(restated: Warehouse, at_instant: datetime) -> None:
    instants = {at_instant, at_instant + timedelta(days=1)} - {RESTATED + timedelta(days=1)}
    for instant in instants:
        shorts, changed_at = restated.row(
            f"select short_usd, observed_at from daily_liquidations_as_of('{instant}') "
            "where asset = 'BTC' and scope = 'binance' and trade_date = '2025-05-08'"
        )
        in_metrics = restated.row(
            f"select value, observed_at from daily_metrics_as_of('{instant}') where asset = 'BTC' "
            "and metric = 'short_liquidations_usd' and scope = 'binance' and trade_date = '2025-05-08'"
        )
        assert (float(shorts), changed_at) == in_metrics == (VINTAGES[at_instant], at_instant)


def test_liquidations_as_of_the_first_run_are_those_that_it_published(sample: Warehouse, restated: Warehouse) -> None:
    told = answer(restated, f"from daily_liquidations_as_of('{NOW}')")
    assert told == answer(sample, "from marts.fct_daily_liquidations")


@pytest.mark.parametrize("macro", MACROS)
def test_nothing_was_known_before_the_first_observation(restated: Warehouse, macro: str) -> None:
    assert restated.rows(f"from {macro}(timestamp '2025-05-12 05:59:59')") == []


def test_a_date_is_its_first_instant(restated: Warehouse) -> None:
    assert restated.rows("from daily_liquidations_as_of('2025-05-12')") == []
    assert len(restated.rows("from daily_liquidations_as_of(date '2025-05-13')")) == 384


def test_the_instant_may_be_a_query(restated: Warehouse) -> None:
    newest = "(select max(observed_at) from marts.fct_liquidation_versions)"
    told = restated.rows(f"from daily_liquidations_as_of({newest})")
    assert told == restated.rows("from marts.fct_daily_liquidations")


def test_the_file_keeps_its_macros_under_another_name(sample: Warehouse, tmp_path: Path) -> None:
    """Publishing renames the file; a macro bound to the building's alias would be broken there."""
    published = tmp_path / "crypto_market_20250512.duckdb"
    published.write_bytes(sample.release_file.read_bytes())
    with duckdb.connect(str(published), read_only=True) as connection:
        for macro in MACROS:
            (count,) = connection.execute(f"select count(*) from {macro}('{NOW}')").fetchall()[0]
            assert (count > 0) == (macro not in NOT_BUNDLED)
