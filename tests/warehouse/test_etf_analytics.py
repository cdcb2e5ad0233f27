"""Streaks, sums, ranks, records, periods and issuers, each against a plain count in Python over the daily tables."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.warehouse.conftest import Warehouse

Totals = list[tuple[date, Decimal | None]]


def totals(warehouse: Warehouse, asset: str) -> Totals:
    return warehouse.rows(
        f"select trade_date, net_flow_usd from marts.fct_daily_etf_totals where asset = '{asset}' order by 1"
    )


def stats(warehouse: Warehouse, asset: str, columns: str) -> list[tuple[Any, ...]]:
    return warehouse.rows(
        f"select {columns} from marts.fct_etf_session_stats where asset = '{asset}' order by trade_date"
    )


def sign(flow: Decimal | None) -> int:
    return 0 if not flow else 1 if flow > 0 else -1


@pytest.mark.parametrize("asset", ["BTC", "ETH"])
def test_streaks_are_counted_back_from_each_session(sample: Warehouse, asset: str) -> None:
    flows = totals(sample, asset)
    expected = []
    for at, (_, flow) in enumerate(flows):
        streak = []
        while sign(flow) and at - len(streak) >= 0 and sign(flows[at - len(streak)][1]) == sign(flow):
            streak.append(flows[at - len(streak)][1])
        word = {1: "inflow", -1: "outflow", 0: None}[sign(flow)]
        expected.append((word, len(streak), sum(streak)) if word else (None, None, None))
    assert len(expected) > 200
    assert stats(sample, asset, "streak_direction, streak_sessions_count, streak_net_flow_usd") == expected


@pytest.mark.parametrize("asset", ["BTC", "ETH"])
def test_sums_ranks_and_records(sample: Warehouse, asset: str) -> None:
    flows = [flow or Decimal(0) for _, flow in totals(sample, asset)]
    columns = "net_flow_5_sessions_usd, net_flow_20_sessions_usd, inflow_rank, outflow_rank"
    found = stats(sample, asset, f"{columns}, is_record_inflow, is_record_outflow")
    for at, flow in enumerate(flows):
        rising = 1 + sum(other > flow for other in flows) if flow > 0 else None
        falling = 1 + sum(other < flow for other in flows) if flow < 0 else None
        assert found[at] == (
            sum(flows[at - 4 : at + 1]) if at >= 4 else None,
            sum(flows[at - 19 : at + 1]) if at >= 19 else None,
            rising,
            falling,
            flow > 0 and all(other < flow for other in flows[:at]),
            flow < 0 and all(other > flow for other in flows[:at]),
        )


def test_a_session_without_a_total_ends_streaks_and_sums(made_up: Warehouse) -> None:
    days = stats(made_up, "ETH", "trade_date, streak_direction, net_flow_5_sessions_usd, is_record_inflow, is_final")
    assert days[-1] == (date(2025, 5, 9), None, None, None, False)


def test_price_return_is_that_of_the_same_day(sample: Warehouse) -> None:
    (row,) = sample.rows(
        "select stats.price_return_ratio, prices.return_ratio, price_source from marts.fct_etf_session_stats as stats "
        "inner join marts.fct_daily_prices as prices using (asset, trade_date) "
        "where asset = 'BTC' and trade_date = '2025-05-08'"
    )
    assert row[0] == row[1] == pytest.approx(0.0638, abs=0.01)
    assert row[2] == "binance"


@pytest.mark.parametrize("period", ["week", "month"])
def test_periods_add_up_and_say_what_they_lack(sample: Warehouse, period: str) -> None:
    sums: dict[date, list[Decimal]] = defaultdict(list)
    for day, flow in totals(sample, "BTC"):
        assert flow is not None
        start = day - timedelta(days=day.weekday()) if period == "week" else day.replace(day=1)
        sums[start].append(flow)
    found = sample.rows(
        "select period_start_date, net_flow_usd, reported_sessions_count, is_complete from marts.fct_etf_period_flows "
        f"where asset = 'BTC' and scope = 'us_spot_etfs' and period = '{period}' order by 1"
    )
    assert [row[:3] for row in found] == [(start, sum(flows), len(flows)) for start, flows in sorted(sums.items())]
    running = found[-1]
    assert running[3] is (period == "week"), "the week of 5 May is over, the month is not"
    assert all(row[3] for row in found[:-1])


def test_the_article_day_by_issuer(sample: Warehouse) -> None:
    shares = sample.rows(
        "select issuer, net_flow_usd, gross_flow_share_ratio from marts.fct_etf_issuer_flows "
        "where asset = 'BTC' and trade_date = '2025-05-08' and net_flow_usd <> 0 order by abs(net_flow_usd) desc"
    )
    funds = sample.rows(
        "select issuer, sum(net_flow_usd) from marts.fct_daily_etf_flows inner join marts.dim_etf_funds "
        "using (asset, fund_ticker) where asset = 'BTC' and trade_date = '2025-05-08' "
        "group by 1 having sum(net_flow_usd) <> 0"
    )
    assert {issuer: flow for issuer, flow, _ in shares} == dict(funds)
    gross = sum(abs(flow) for _, flow in funds)
    assert [share for *_, share in shares] == pytest.approx([float(abs(flow) / gross) for _, flow, _ in shares])
    issuers = {issuer for issuer, *_ in shares}
    assert "BlackRock" in issuers
    assert "unknown" not in issuers


def test_a_fund_that_nobody_described_counts_as_unknown(made_up: Warehouse) -> None:
    assert made_up.rows(
        "select net_flow_usd, funds_pending_count, cumulative_net_flow_usd, sources from marts.fct_etf_issuer_flows "
        "where asset = 'XRP' and issuer = 'unknown' order by trade_date"
    ) == [
        (15_000_000, 0, None, "farside"),
        (10_000_000, 0, None, "farside"),
        (1_000_000, 1, None, "theblock"),
    ]


def test_a_week_names_every_source_of_its_sessions_and_when_the_last_was_known(made_up: Warehouse) -> None:
    week = made_up.row(
        "select net_flow_usd, sources, observed_at, is_complete from marts.fct_etf_period_flows "
        "where asset = 'XRP' and scope = 'XRPA' and period = 'week'"
    )
    assert week == (19_000_000, "farside, theblock", datetime(2025, 5, 12), True)
