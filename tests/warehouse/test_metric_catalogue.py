"""`dim_metrics` against the figures: every metric is described, and every query of the catalogue tells its figures."""

from datetime import datetime
from typing import Any

import duckdb
import pytest

from tests.warehouse.conftest import NOW, Warehouse
from tests.warehouse.replaying import rerun

Figures = list[tuple[Any, float]]

NOT_BUNDLED = {
    *("open_interest_usd", "open_interest_change_ratio", "funding_rate_ratio", "long_short_account_ratio"),
    *("perpetual_price_usd", "all_time_high_usd", "funding_settlement_ratio"),
    *("stablecoin_supply_usd", "fear_greed_index_points", "implied_volatility_ratio", "cme_open_interest_contracts"),
    *(f"exchange_{way}_{unit}" for way in ("inflow", "outflow", "net_inflow") for unit in ("coins", "usd")),
    *(f"cme_{trader}_net_contracts" for trader in ("dealer", "asset_manager", "leveraged_fund")),
}
"""Metrics of which the sample market has no figures."""


SUBJECTS = {
    "etf_flow": "etf_flows",
    "liquidations": "liquidations",
    "liquidation_share": "liquidations",
    "open_interest": "derivatives",
    "open_interest_change": "derivatives",
    "funding": "derivatives",
    "long_short_accounts": "derivatives",
}
"""Family of metrics → subject of `source_precedence` where sources compete for a scope; else a scope is a source."""

GIVES_NO_FUNDING, GIVES_FUNDING_ALONE = "gate", "hyperliquid"


def catalogue(sample: Warehouse) -> dict[str, tuple[str, ...]]:
    """Metric → default asset, scope, window, statistic and the example query."""
    rows = sample.rows(
        "select metric, default_asset, default_scope, default_time_window, default_statistic, example_sql "
        "from marts.dim_metrics"
    )
    return {row[0]: row[1:] for row in rows}


def figures(sample: Warehouse, metric: str) -> Figures:
    """Day (or instant) and value of the default series of a metric."""
    asset, scope, window, statistic, _ = catalogue(sample)[metric]
    if window == "rolling_24h":
        of_metric = metric.replace("change_ratio", "usd")
        return sample.rows(
            f"select as_of_at, change_ratio from marts.fct_rolling_24h where metric = '{of_metric}' "
            f"and asset = '{asset}' and scope = '{scope}' and change_ratio is not null order by 1"
        )
    return sample.rows(
        f"select trade_date, value from marts.fct_daily_metrics where metric = '{metric}' and asset = '{asset}' "
        f"and scope = '{scope}' and time_window = '{window}' and statistic = '{statistic}' order by 1"
    )


def test_every_figure_belongs_to_a_described_metric(sample: Warehouse) -> None:
    described = set(catalogue(sample))
    for table in ("fct_daily_metrics", "fct_daily_records", "fct_rolling_24h"):
        measured = {metric for (metric,) in sample.rows(f"select distinct metric from marts.{table}")}
        assert measured <= described, table


def test_every_metric_is_measured(sample: Warehouse) -> None:
    assert {metric for metric in catalogue(sample) if not figures(sample, metric)} == NOT_BUNDLED


def test_the_catalogue_names_the_sources_by_which_the_marts_choose_in_their_order(sample: Warehouse) -> None:
    with duckdb.connect(str(sample.working_file), read_only=True) as connection:
        ranked = connection.execute(
            "select subject, source from seeds.source_precedence order by precedence"
        ).fetchall()
    for metric, family, told in sample.rows("select metric, family, source_order from marts.dim_metrics"):
        sources = [source for subject, source in ranked if subject == SUBJECTS.get(family)]
        without = GIVES_NO_FUNDING if family == "funding" else GIVES_FUNDING_ALONE
        sources = [source for source in sources if source != without]
        assert told == ", ".join(sources) or (not sources and "its own scope" in told), metric


def test_every_example_query_yields_the_figures_of_the_default_series(sample: Warehouse) -> None:
    for metric, (*_, example) in catalogue(sample).items():
        answer = [(day, float(value)) for day, value in sample.rows(example) if value is not None]
        assert answer == figures(sample, metric), metric


def test_every_example_query_asks_for_its_own_default_series(sample: Warehouse) -> None:
    """Of metrics without figures in the sample too: on the empty answer above a wrong query would look right."""
    with duckdb.connect(str(sample.release_file), read_only=True) as connection:
        for metric, (asset, scope, _, _, example) in catalogue(sample).items():
            named = {name.removeprefix("marts.") for name in connection.get_table_names(example, qualified=True)}
            (table,) = named
            columns = {name for name, *_ in connection.execute(f"describe marts.{table}").fetchall()}
            for column, value in (("asset", asset), ("scope", scope)):
                assert column not in columns or value == "ALL" or f"'{value}'" in example, (metric, column)


def test_every_scope_of_a_figure_is_told_by_its_metric(sample: Warehouse) -> None:
    """A reader who looks a scope up in the catalogue finds it, or the rule by which it is named."""
    unlisted = sample.rows(
        "select distinct metric, scope from marts.fct_daily_metrics join marts.dim_metrics using (metric) "
        "where not contains(scopes, scope) "
        "and not (contains(scopes, 'venue') and scope in (select venue from marts.dim_venues)) "
        "and not (contains(scopes, 'fund') and scope in (select fund_ticker from marts.dim_etf_funds))"
    )
    assert unlisted == []


@pytest.mark.parametrize("column", ["time_window", "statistic"])
def test_every_figure_has_a_window_and_a_statistic_that_its_metric_lists(sample: Warehouse, column: str) -> None:
    unlisted = sample.rows(
        f"select distinct metric, {column} from marts.fct_daily_metrics join marts.dim_metrics using (metric) "
        f"where not regexp_matches({column}s, '\\b' || {column} || '\\b')"
    )
    assert unlisted == []


def test_the_default_of_a_metric_is_one_of_its_choices(sample: Warehouse) -> None:
    astray = sample.rows(
        "select metric from marts.dim_metrics where not contains(time_windows, default_time_window) "
        "or not contains(statistics, default_statistic) or not ends_with(metric, '_' || unit)"
    )
    assert astray == []


def test_interpretations_of_one_another_share_their_unit(sample: Warehouse) -> None:
    query = "select family from marts.dim_metrics group by family having count(distinct unit) > 1"
    assert sample.rows(query) == []


def test_the_unit_and_the_lower_bound_of_a_figure_are_those_of_its_metric(sample: Warehouse) -> None:
    contradictions = sample.rows(
        "select distinct metric from marts.fct_daily_metrics as figures join marts.dim_metrics as metrics "
        "using (metric) where figures.unit != metrics.unit or figures.is_lower_bound != metrics.is_lower_bound"
    )
    assert contradictions == []


def test_a_figure_that_follows_from_others_was_learned_with_the_newest_of_them(
    sample: Warehouse, tampered: duckdb.DuckDBPyConnection
) -> None:
    later = datetime(2025, 5, 12, 7)
    changed = "set observed_at = ?, is_final = false where asset = 'BTC' and trade_date"
    tampered.execute(f"update release.marts.fct_daily_venue_prices {changed} = '2025-05-07'", [later])
    tampered.execute(f"update release.marts.fct_daily_etf_totals {changed} = '2024-01-11'", [later])
    rerun(sample, tampered, "fct_daily_metrics")
    learned = dict(
        tampered.execute(
            "select metric || ' ' || statistic, (observed_at, is_final) from release.marts.fct_daily_metrics "
            "where asset = 'BTC' and trade_date = '2025-05-08' and scope in ('binance', 'us_spot_etfs') "
            "and metric in ('price_usd', 'price_return_ratio', 'etf_net_flow_usd', 'etf_cumulative_net_flow_usd')"
        ).fetchall()
    )
    assert learned.pop("price_return_ratio change") == (later, False)
    assert learned.pop("etf_cumulative_net_flow_usd end") == (later, False)
    assert set(learned.values()) == {(NOW, True)}
