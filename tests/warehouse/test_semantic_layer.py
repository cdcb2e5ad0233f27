"""The semantic layer on the sample: requests by name, dimensions and grain equal SQL over the marts."""

from datetime import date
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from orchestration.build.parsing import parsed_project
from orchestration.client import Market
from orchestration.semantic.model import FILE, semantic_metrics, written
from orchestration.semantic.query import InvalidRequest, semantic_manifest
from tests.warehouse.conftest import Warehouse

FUNDS = """
select {by}, sum(flows.net_flow_usd)::double from marts.fct_daily_etf_flows as flows
join marts.dim_etf_funds using (asset, fund_ticker) where flows.asset = '{asset}' and flows.net_flow_usd is not null
group by all order by all
"""
EQUAL: dict[str, tuple[dict[str, Any], str]] = {
    "flows by issuer and week": (
        {"metrics": ["etf_net_flow"], "by": ["issuer", "week"]},
        FUNDS.format(by="issuer, date_trunc('week', trade_date)::date", asset="BTC"),
    ),
    "flows of another asset by fund and month": (
        {"metrics": ["etf_fund_net_flow_usd"], "by": ["month", "fund"], "only": {"asset": ["ETH"]}},
        FUNDS.format(by="date_trunc('month', trade_date)::date, fund_ticker", asset="ETH"),
    ),
    "flows of all funds by asset and quarter, with the sum since launch": (
        {"metrics": ["etf_net_flow_usd", "etf_cumulative_net_flow_usd"], "by": ["asset", "quarter"]},
        "select asset, date_trunc('quarter', trade_date)::date, sum(net_flow_usd)::double, "
        "max_by(cumulative_net_flow_usd, trade_date)::double from marts.fct_daily_etf_totals group by all order by all",
    ),
    "open, high, low and close of months by venue": (
        {
            "metrics": ["price_usd_open", "price_usd_high", "price_usd_low", "price_usd"],
            "by": ["scope", "month"],
            "only": {"asset": ["ETH"]},
        },
        "select venue, date_trunc('month', trade_date)::date, min_by(open_usd, trade_date)::double, "
        "max(high_usd)::double, min(low_usd)::double, max_by(close_usd, trade_date)::double "
        "from marts.fct_daily_venue_prices where asset = 'ETH' group by all order by all",
    ),
    "liquidations of both assets by week from a day on": (
        {
            "metrics": ["long_liquidations", "short_liquidations"],
            "by": ["asset", "scope", "week"],
            "start": "2025-03-01",
            "end": "2025-04-30",
        },
        "select asset, scope, date_trunc('week', trade_date)::date, sum(long_usd)::double, sum(short_usd)::double "
        "from marts.fct_daily_liquidations where trade_date between '2025-03-01' and '2025-04-30' "
        "group by all order by all",
    ),
    "a level of the newest day": (
        {"metrics": ["btc_dominance_ratio"]},
        "select max_by(btc_dominance_ratio, trade_date) from marts.fct_daily_market_caps "
        "where scope = 'coinmarketcap_all'",
    ),
    "a share by day": (
        {"metrics": ["long_liquidation_share_ratio"], "by": ["day"]},
        "select trade_date, long_share_ratio from marts.fct_daily_liquidations "
        "where asset = 'BTC' and scope = 'binance' and long_share_ratio is not null order by all",
    ),
}
WRONG = {
    "is of one day": {"metrics": ["price_return_ratio"], "by": ["week"]},
    "has no issuer": {"metrics": ["price_usd"], "by": ["issuer"]},
    "did you mean price_usd": {"metrics": ["prise_usd"]},
    "there is no dimension venue": {"metrics": ["price_usd"], "by": ["venue"]},
    "one grain": {"metrics": ["price_usd"], "by": ["day", "week"]},
    "differ in their default scope": {"metrics": ["price_usd", "etf_net_flow_usd"], "by": ["week"]},
    "braces": {"metrics": ["price_usd"], "only": {"scope": ["{{ x }}"]}},
    "names no metric": {"metrics": []},
}


@pytest.fixture(scope="module")
def market(sample: Warehouse) -> Market:
    return Market(sample.release_file)


@pytest.mark.parametrize("name", EQUAL)
def test_a_request_equals_the_marts(market: Market, sample: Warehouse, name: str) -> None:
    request, query = EQUAL[name]
    expected = sample.rows(query)
    assert expected
    found, keys = market.query(**request).rows, len(request.get("by", ()))
    assert [row[:keys] for row in found] == [row[:keys] for row in expected]
    for one, other in zip(found, expected, strict=True):
        assert list(one[keys:]) == pytest.approx(list(other[keys:]), rel=1e-9), one


def test_every_figure_by_day_equals_the_long_table(market: Market, sample: Warehouse) -> None:
    figures: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for *key, asset, scope, day, value in sample.rows(
        "select metric, statistic, time_window, metric like 'etf%' and scope <> 'us_spot_etfs', asset, scope, "
        "trade_date, value from marts.fct_daily_metrics order by asset, scope, trade_date"
    ):
        figures.setdefault(tuple(key), []).append((asset, scope, day, value))
    by_key = {(one.metric, one.statistic, one.time_window, one.is_of_funds): one.name for one in semantic_metrics()}
    assert figures
    for key_of_figures, expected in figures.items():
        name = by_key[key_of_figures]
        assert market.query([name], by=["asset", "scope", "day"]).rows == expected, name


def test_what_is_left_open_is_the_default_and_the_result_says_so(market: Market) -> None:
    result = market.query(["price_usd"], by=["month"])
    assert result.defaults == {"asset": "BTC", "scope": "binance"}
    assert result.rows == market.query(["price_usd"], by=["month"], only={"asset": ["BTC"], "scope": ["binance"]}).rows


def test_several_wanted_values_are_never_added(market: Market) -> None:
    result = market.query(["price_usd"], by=["month"], only={"asset": ["BTC", "ETH"]}, start="2025-05-01")
    assert result.columns == ["month", "asset", "price_usd"]
    assert len(result.rows) == 2


def test_a_result_has_its_definition_sources_and_instant(market: Market, sample: Warehouse) -> None:
    (found,) = market.query(["etf_net_flow"], by=["week"], only={"issuer": ["BlackRock"]}).provenance
    assert "Shares created minus shares redeemed" in found.definition
    assert found.sources == ("farside",)
    newest = "select max(observed_at) from marts.fct_daily_etf_flows where asset = 'BTC' and fund_ticker = 'IBIT'"
    assert found.newest_observed_at == sample.row(newest)[0]


@pytest.mark.parametrize("reason", WRONG)
def test_a_request_that_fits_no_figure_says_what_does(market: Market, reason: str) -> None:
    with pytest.raises(InvalidRequest, match=reason):
        market.query(**WRONG[reason])  # type: ignore[arg-type]


def test_a_value_with_a_quote_is_a_value(market: Market) -> None:
    assert market.query(["price_usd"], only={"scope": ["x' or 'a' = 'a"]}).rows[0][0] is None


def test_nothing_is_known_before_it_was_observed(market: Market) -> None:
    assert market.as_of("2024-01-01").query(["price_usd"], by=["day"]).rows == []


def test_the_file_is_made_from_the_list() -> None:
    assert FILE.read_text(encoding="utf-8") == written(), "run `make docs`"


def test_dbt_has_the_metrics_that_are_requested() -> None:
    project: Manifest = parsed_project()
    requested = semantic_manifest()
    # A parsed project is kept while its models stay as they are, so the semantic layer's is of its first parse.
    assert {one.name for one in project.metrics.values()} == {one.name for one in requested.metrics}, (
        "dbt parsed an earlier semantic layer: remove dbt_project/target/parsed"
    )
    assert {one.name for one in project.semantic_models.values()} == {one.name for one in requested.semantic_models}
    by_name = {one.name: one for one in project.metrics.values()}
    for metric in requested.metrics:
        assert by_name[metric.name].description == metric.description


def test_metrics_begin_on_the_day_of_the_spine(sample: Warehouse) -> None:
    first, last = sample.row("select min(date), max(date) from marts.dim_dates")
    assert (first, last) == (date(2009, 1, 1), date(2025, 12, 31))
