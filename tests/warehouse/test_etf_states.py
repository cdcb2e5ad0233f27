"""What a dash on the flow page means, and which source a session's total comes from."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from data_checks.suites.catalogue import ALL_CHECKS
from data_checks.validation import validate
from tests.warehouse.conftest import NOW, Warehouse


def fund_day(made_up: Warehouse, fund_ticker: str, trade_date: str, columns: str) -> tuple[Any, ...]:
    return made_up.row(
        f"select {columns} from marts.fct_daily_etf_flows "
        f"where asset = 'BTC' and fund_ticker = '{fund_ticker}' and trade_date = '{trade_date}'"
    )


@pytest.mark.parametrize(
    ("fund_ticker", "trade_date", "flow", "state"),
    [
        pytest.param("IBIT", "2025-05-06", 10_000_000, "reported", id="a figure"),
        pytest.param("IBIT", "2025-05-08", 0, "reported", id="a real zero"),
        pytest.param("GBTC", "2025-05-08", -1_113_700_000, "reported", id="an outflow with a thousands comma"),
        pytest.param("IBIT", "2025-05-09", None, "pending", id="a dash in the newest session"),
        pytest.param("FBTC", "2025-05-02", None, "never_reported", id="a dash with more than three sessions after it"),
        pytest.param("MSBT", "2025-05-08", None, "not_listed", id="a dash before the first trade date"),
        pytest.param("NEWF", "2025-05-09", None, "not_listed", id="a fund that has never printed a figure"),
        pytest.param("NEWF", "2025-05-06", None, "not_listed", id="a session in which the fund has no cell"),
    ],
)
def test_state_of_a_cell(made_up: Warehouse, fund_ticker: str, trade_date: str, flow: int | None, state: str) -> None:
    assert fund_day(made_up, fund_ticker, trade_date, "net_flow_usd, state") == (flow, state)


def test_a_dash_is_pending_until_four_later_sessions_have_figures(made_up: Warehouse) -> None:
    with duckdb.connect(str(made_up.working_file)) as connection:
        connection.execute(f"attach '{made_up.release_file}' as release (read_only)")
        query = "select distinct trade_date, times_out_at from intermediate.int_etf_fund_sessions where asset = 'BTC'"
        times_out_at = dict(connection.execute(query).fetchall())
    assert times_out_at[date(2025, 5, 5)] is not None
    assert times_out_at[date(2025, 5, 6)] is None, "three later sessions with figures are not enough"


def test_filling_a_dash_is_no_revision_and_changing_a_figure_is_one(made_up: Warehouse) -> None:
    columns = "net_flow_usd, revision_count, first_observed_at, observed_at"
    assert fund_day(made_up, "IBIT", "2025-05-07", columns) == (
        Decimal(40_000_000),
        1,
        datetime(2025, 5, 8, 0),
        datetime(2025, 5, 9, 5),
    )


def test_every_version_of_a_cell_is_kept(made_up: Warehouse) -> None:
    versions = made_up.rows(
        "select net_flow_usd, state from marts.fct_etf_flow_versions "
        "where fund_ticker = 'IBIT' and trade_date = '2025-05-07' order by observed_at"
    )
    assert versions == [(None, "pending"), (30_000_000, "reported"), (40_000_000, "reported")]


def test_days_without_a_closed_session_have_no_rows(made_up: Warehouse) -> None:
    for table in ("fct_daily_etf_flows", "fct_daily_etf_totals", "fct_etf_flow_versions"):
        assert made_up.row(f"select max(trade_date) from marts.{table}") == (date(2025, 5, 9),)
        assert made_up.row(f"select count(*) from marts.{table} where trade_date = '2025-05-11'") == (0,)


def test_a_weekend_filled_with_zeros_has_no_rows(made_up: Warehouse) -> None:
    for table in ("fct_daily_etf_flows", "fct_daily_etf_totals", "fct_etf_flow_versions"):
        assert made_up.row(f"select count(*) from marts.{table} where trade_date = '2025-05-10'") == (0,)


def total(made_up: Warehouse, trade_date: str, columns: str, asset: str = "BTC") -> tuple[Any, ...]:
    return made_up.row(
        f"select {columns} from marts.fct_daily_etf_totals where asset = '{asset}' and trade_date = '{trade_date}'"
    )


def test_total_is_the_sum_of_the_funds_when_all_have_reported(made_up: Warehouse) -> None:
    columns = "net_flow_usd, inflow_usd, outflow_usd, reported_total_usd, source, reconciled_source"
    assert total(made_up, "2025-05-08", columns) == (
        -1_108_700_000,
        5_000_000,
        1_113_700_000,
        -1_108_700_000,
        "farside",
        "defillama",
    )


def test_a_pending_fund_hands_the_session_to_the_next_source(made_up: Warehouse) -> None:
    columns = "net_flow_usd, source, inflow_usd, reported_total_usd, funds_reported_count, funds_expected_count"
    assert total(made_up, "2025-05-09", columns) == (99_000_000, "defillama", None, 2_500_000, 2, 3)


def test_a_session_that_nobody_has_complete_has_a_row_and_no_total(made_up: Warehouse) -> None:
    columns = "net_flow_usd, source, is_final, funds_reported_count, funds_expected_count, reported_total_usd"
    assert total(made_up, "2025-05-09", columns, asset="ETH") == (None, None, False, 1, 2, 2_000_000)


def test_a_session_of_dashes_has_no_total(made_up: Warehouse) -> None:
    """The page prints 0.0 below a row of dashes: nobody has reported, nothing flowed so far as anybody knows."""
    columns = "net_flow_usd, is_final, reported_total_usd, funds_reported_count, cumulative_net_flow_usd"
    assert total(made_up, "2025-05-09", columns, asset="SOL") == (None, False, 0, 0, None)


def test_a_cell_that_timed_out_does_not_hold_the_total_back(made_up: Warehouse) -> None:
    columns = "net_flow_usd, source, funds_reported_count, funds_expected_count, is_final"
    assert total(made_up, "2025-05-02", columns) == (7_500_000, "farside", 2, 3, True)


def test_totals_are_told_as_they_were_known(made_up: Warehouse) -> None:
    versions = made_up.rows(
        "select observed_at, net_flow_usd, source, reported_total_usd from marts.fct_etf_total_versions "
        "where asset = 'BTC' and trade_date = '2025-05-07' order by observed_at"
    )
    # In the evening nobody had reported before, so nobody was missing; later vintages only add and restate.
    assert versions[-2:] == [
        (datetime(2025, 5, 8, 5), 42_500_000 - 10_000_000, "farside", 32_500_000),
        (datetime(2025, 5, 9, 5), 42_500_000, "farside", 42_500_000),
    ]


def test_without_every_session_since_launch_there_is_no_cumulative_flow(made_up: Warehouse) -> None:
    assert made_up.row("select count(cumulative_net_flow_usd) from marts.fct_daily_etf_totals") == (0,)


def test_a_former_ticker_is_the_same_fund(made_up: Warehouse) -> None:
    funds = made_up.rows("select distinct fund_ticker from marts.fct_daily_etf_flows where asset = 'ETH' order by 1")
    assert funds == [("ETHA",), ("TETH",)]


def test_seed_money_is_in_a_table_of_its_own_and_in_no_flow(made_up: Warehouse) -> None:
    assert made_up.rows(
        "select fund_ticker, seed_usd, footnote_mark, revision_count from marts.fct_etf_seed_money"
    ) == [
        ("ETHA", 10_600_000, None, 1),
        ("ETHE", 9_199_000_000, "*", 0),
        ("TETH", 2_300_000, None, 0),
    ]
    flows = made_up.row("select max(net_flow_usd) from marts.fct_daily_etf_flows where asset = 'ETH'")
    assert flows == (2_000_000,)
    assert total(made_up, "2025-05-08", "net_flow_usd, reported_total_usd", asset="ETH") == (3_000_000, 3_000_000)


def in_force(made_up: Warehouse, fund_ticker: str, day: str) -> list[tuple[Any, ...]]:
    """The terms of an ether fund on a day, as the table's description says to look them up."""
    return made_up.rows(
        f"select traded_ticker, fee_ratio, waived_fee_ratio from marts.dim_etf_fund_terms "
        f"where asset = 'ETH' and fund_ticker = '{fund_ticker}' "
        f"and coalesce(valid_from_date <= '{day}', true) and coalesce('{day}' < valid_to_date, true)"
    )


def test_tickers_and_fees_are_dated(made_up: Warehouse) -> None:
    assert in_force(made_up, "TETH", "2025-08-27") == [("CETH", 0.0021, None)]
    assert in_force(made_up, "TETH", "2025-08-28") == [("TETH", 0.0021, None)]
    assert in_force(made_up, "ETH", "2024-07-22") == [("ETH", 0.0025, None)], "announced, never charged"
    assert in_force(made_up, "ETH", "2024-07-23") == [("ETH", 0.0015, None)]
    assert in_force(made_up, "ETHB", "2026-03-12") == [("ETHB", 0.0025, 0.0012)]


def test_the_present_terms_are_those_of_the_fund_and_every_row_has_its_source(made_up: Warehouse) -> None:
    """In May 2025 no fund had changed its ticker, and ETHB did not trade: the seeds know of both."""
    assert made_up.rows(
        "select fund_ticker, fee_ratio, waived_fee_ratio, former_ticker, terms_since_date from marts.dim_etf_funds "
        "where asset = 'ETH' and fund_ticker in ('ETH', 'ETHB', 'TETH') order by all"
    ) == [
        ("ETH", 0.0015, None, None, date(2024, 7, 23)),
        ("TETH", 0.0021, None, None, date(2024, 7, 23)),
    ]
    described, with_terms, sourced = made_up.row(
        "select count(*), count(terms.fund_ticker), count(terms.source_url) from marts.dim_etf_funds as funds "
        "left join marts.dim_etf_fund_terms as terms "
        "on funds.asset = terms.asset and funds.fund_ticker = terms.fund_ticker and terms.is_current "
        "where funds.is_described"
    )
    # Three funds of SOL have a column on the page before they trade: no terms are in force yet.
    assert (described, with_terms, sourced) == (32, 29, 29)


@pytest.mark.parametrize("fund_ticker", ["DEFI", "MSSE", "MSOL", "QSOL", "SOLC"])
def test_what_nobody_has_confirmed_is_null(made_up: Warehouse, fund_ticker: str) -> None:
    columns = "first_trade_date, custodian, terms_since_date"
    assert made_up.row(f"select {columns} from marts.dim_etf_funds where fund_ticker = '{fund_ticker}'") == (None,) * 3


def test_an_undescribed_fund_is_kept_and_pointed_out(made_up: Warehouse) -> None:
    described = made_up.row("select is_described, issuer from marts.dim_etf_funds where fund_ticker = 'NEWF'")
    assert described == (False, None)
    checks = [check for check in ALL_CHECKS if check.name == "everything_with_figures_is_described"]
    [result] = validate(made_up.release_file, NOW, checks=checks).results
    assert not result.success
    assert any("NEWF" in example["name"] for example in result.examples)


def xrp(made_up: Warehouse, fund_ticker: str, columns: str, order: str = "trade_date") -> list[tuple[Any, ...]]:
    table = "fct_etf_flow_versions" if "observed_at" in order else "fct_daily_etf_flows"
    return made_up.rows(
        f"select {columns} from marts.{table} where asset = 'XRP' and fund_ticker = '{fund_ticker}' order by {order}"
    )


def test_another_source_fills_a_dash_and_never_changes_a_figure(made_up: Warehouse) -> None:
    assert xrp(made_up, "XRPA", "trade_date, net_flow_usd, source, revision_count") == [
        (date(2025, 5, 7), 10_000_000, "farside", 0),
        (date(2025, 5, 8), 8_000_000, "farside", 1),
        (date(2025, 5, 9), 1_000_000, "theblock", 0),
    ]
    assert xrp(
        made_up, "XRPA", "observed_at, net_flow_usd, source, is_revision", "trade_date, observed_at limit 4"
    ) == [
        (datetime(2025, 5, 8, 5), 10_000_000, "farside", False),
        (datetime(2025, 5, 9, 5), None, "farside", False),
        (datetime(2025, 5, 10, 13), 7_000_000, "theblock", False),
        (datetime(2025, 5, 11), 8_000_000, "farside", True),
    ]


def test_another_source_says_nothing_of_a_fund_before_its_first_session(made_up: Warehouse) -> None:
    assert fund_day(made_up, "MSBT", "2025-05-05", "net_flow_usd, state, source") == (None, "not_listed", "farside")


def test_a_figure_that_the_primary_changes_is_a_restatement_everywhere(made_up: Warehouse) -> None:
    restated = made_up.rows(
        "select trade_date, old_value, new_value, source, previous_source from marts.fct_revisions "
        "where asset = 'XRP' and scope = 'XRPA' order by all"
    )
    assert restated == [(date(2025, 5, 8), 7_000_000, 8_000_000, "farside", "theblock")]


def test_a_session_without_the_primary_is_told_from_the_others(made_up: Warehouse) -> None:
    assert xrp(made_up, "XRPB", "trade_date, net_flow_usd, state, source")[-1] == (
        date(2025, 5, 9),
        None,
        "pending",
        "farside",
    )
    assert total(made_up, "2025-05-09", "net_flow_usd, source, is_final, inflow_usd", asset="XRP") == (
        3_000_000,
        "sosovalue",
        True,
        None,
    )


def test_a_total_is_named_after_the_least_preferred_of_its_funds_as_known_then(made_up: Warehouse) -> None:
    versions = made_up.rows(
        "select observed_at, net_flow_usd, source from marts.fct_etf_total_versions "
        "where asset = 'XRP' and trade_date = '2025-05-08' and source is not null order by observed_at"
    )
    assert versions == [
        (datetime(2025, 5, 10, 13), 9_000_000, "theblock"),
        (datetime(2025, 5, 11), 10_000_000, "farside"),
    ]
    known = made_up.rows(
        "select source, net_flow_usd, revision_count from daily_etf_flows_as_of('2025-05-10 14:00') "
        "where asset = 'XRP' and fund_ticker = 'XRPA' order by trade_date"
    )
    assert known == [("farside", 10_000_000, 0), ("theblock", 7_000_000, 0)]


def test_the_gap_to_every_other_source_is_told(made_up: Warehouse) -> None:
    columns = "source, net_flow_usd, chosen_source, gap_usd, verdict"
    gaps = made_up.rows(
        f"select trade_date, {columns} from marts.fct_etf_reconciliation where asset = 'XRP' order by all"
    )
    assert gaps == [
        (date(2025, 5, 7), "sosovalue", Decimal(14_500_123), "farside", Decimal(499_877), "agrees"),
        (date(2025, 5, 7), "theblock", Decimal(14_000_000), "farside", Decimal(1_000_000), "agrees"),
        (date(2025, 5, 8), "theblock", Decimal(9_000_000), "farside", Decimal(1_000_000), "agrees"),
        (date(2025, 5, 9), "sosovalue", Decimal(3_000_000), "sosovalue", Decimal(0), "chosen"),
        (date(2025, 5, 9), "theblock", Decimal(1_000_000), "sosovalue", Decimal(2_000_000), "partial"),
    ]
    assert total(made_up, "2025-05-07", "reconciled_source, reconciliation_gap_usd", asset="XRP") == (
        "theblock",
        1_000_000,
    )
    assert total(made_up, "2025-05-09", "reconciled_source", asset="XRP") == (None,), (
        "a part of it is no second opinion"
    )
    assert total(made_up, "2025-05-05", "funds_reported_count, reconciled_source") == (3, None)
    assert total(made_up, "2025-05-06", "source, reconciled_source, reconciliation_gap_usd") == (
        "farside",
        "coinglass",
        -5_000_000,
    )
