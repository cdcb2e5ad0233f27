"""`fct_daily_records` on the built sample: the macro's answers as readers get them. The macro has its own tests."""

from datetime import date
from itertools import groupby

import pytest

from tests.warehouse.conftest import Warehouse

KEY = "metric, asset, scope, time_window, statistic"


def record(sample: Warehouse, statistic: str, columns: str, day: str = "2025-05-08") -> tuple[object, ...]:
    return sample.row(
        f"select {columns} from marts.fct_daily_records where metric = 'price_usd' and asset = 'BTC' "
        f"and scope = 'binance' and statistic = '{statistic}' and trade_date = '{day}'"
    )


def test_every_figure_has_a_record_and_no_other_figure(sample: Warehouse) -> None:
    figures = f"select {KEY}, trade_date, value from marts.fct_daily_metrics"
    records = f"select {KEY}, trade_date, value from marts.fct_daily_records"
    assert sample.rows(f"from ({figures}) except from ({records})") == []
    assert sample.rows(f"from ({records}) except from ({figures})") == []


def test_every_record_of_the_sample_is_the_definition(sample: Warehouse) -> None:
    rows = sample.rows(
        f"select ({KEY}), trade_date, value, highest_since_date, is_record_high, lowest_since_date, is_record_low, "
        f"history_start_date, earlier_days_count from marts.fct_daily_records order by {KEY}, trade_date"
    )
    assert len({row[0] for row in rows}) > 50
    for _, group in groupby(rows, key=lambda row: row[0]):
        series = list(group)
        days = [(day, value) for _, day, value, *_ in series]
        for place, (_, _, value, high, is_high, low, is_low, start, earlier) in enumerate(series):
            before = list(reversed(days[:place]))
            assert high == next((day for day, other in before if other >= value), None)
            assert low == next((day for day, other in before if other <= value), None)
            assert (is_high, is_low) == (high is None, low is None)
            assert (start, earlier) == (days[0][0], place)


@pytest.mark.parametrize(("statistic", "since"), [("high", date(2025, 1, 31)), ("close", date(2025, 1, 30))])
def test_the_high_and_the_close_of_8_may_are_records_of_different_reach(
    sample: Warehouse, statistic: str, since: date
) -> None:
    found = record(sample, statistic, "highest_since_date, highest_since_days_count, is_record_high")
    assert found == (since, (date(2025, 5, 8) - since).days, False)


def test_a_record_tells_how_much_history_it_is_worth(sample: Warehouse) -> None:
    columns = "is_record_high, is_record_low, history_start_date, earlier_days_count"
    start = date(2024, 11, 1)
    assert record(sample, "close", columns, "2024-11-01") == (True, True, start, 0)
    assert record(sample, "close", columns, "2025-01-21") == (True, False, start, 81)


def test_the_sum_of_etf_flows_of_8_may_is_a_record_since_launch(sample: Warehouse) -> None:
    found = sample.row(
        "select value, is_record_high, history_start_date from marts.fct_daily_records where asset = 'BTC' "
        "and metric = 'etf_cumulative_net_flow_usd' and scope = 'us_spot_etfs' and trade_date = '2025-05-08'"
    )
    assert found == (40_806_100_000, True, date(2024, 1, 11))


def test_the_look_up_macro_tells_every_statistic_of_the_day(sample: Warehouse) -> None:
    rows = sample.rows(
        "select statistic, value, highest_since_date, history_start_date "
        "from highest_since('price_usd', 'BTC', 'binance', '2025-05-08')"
    )
    since = {statistic: (value, day) for statistic, value, day, _ in rows}
    assert since["high"] == (104_145.76, date(2025, 1, 31))
    assert since["close"] == (103_261.60, date(2025, 1, 30))
    assert since.keys() == {"open", "high", "low", "close"}
    assert sample.rows("from highest_since('price_usd', 'BTC', 'binance', date '2030-01-01')") == []
