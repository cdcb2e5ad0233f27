"""What the seeds know of later days is not yet in force at a run's instant: a replay sees the world of its day."""

from datetime import date

from tests.warehouse.conftest import Warehouse

HYPERLIQUID = "select break_count, last_break_date, structural_breaks is null from marts.dim_venues where venue = "
EVENTS = "select count(*) from marts.dim_market_events where event_id = 'genius_act'"
TETH = "select former_ticker, terms_since_date from marts.dim_etf_funds where asset = 'ETH' and fund_ticker = 'TETH'"
LATER_FUNDS = "select count(*) from marts.dim_etf_funds where fund_ticker in ('MSBT', 'ETHB', 'BSOL')"
DATED_TERMS = (
    "select term_number, valid_from_date, is_current from marts.dim_etf_fund_terms "
    "where asset = 'ETH' and fund_ticker = 'TETH' order by 1"
)


def test_in_may_2025_later_breaks_events_and_funds_are_not_there(sample: Warehouse) -> None:
    assert sample.row(HYPERLIQUID + "'hyperliquid'") == (0, None, True)
    assert sample.row(HYPERLIQUID + "'bybit'")[:2] == (1, date(2025, 2, 20))
    assert sample.row(EVENTS) == (0,)
    assert sample.row(TETH) == (None, date(2024, 7, 23))
    assert sample.row(LATER_FUNDS) == (0,)
    assert sample.rows(DATED_TERMS) == [(1, date(2024, 7, 23), True), (2, date(2025, 8, 28), False)]


def test_in_august_2025_they_are_where_their_day_has_come(restated: Warehouse) -> None:
    assert restated.row(HYPERLIQUID + "'hyperliquid'") == (1, date(2025, 6, 27), False)
    assert restated.row(EVENTS) == (1,)
    assert restated.row(TETH) == ("CETH", date(2025, 8, 28))
    assert restated.row(LATER_FUNDS) == (0,)
    assert restated.rows(DATED_TERMS) == [(1, date(2024, 7, 23), False), (2, date(2025, 8, 28), True)]
