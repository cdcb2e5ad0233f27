"""Leverage: which side was hit, what is a large day, how a venue stands in a sum, and what a break does to records."""

from bisect import bisect_left, bisect_right
from datetime import date, datetime, timedelta

import duckdb
import pytest

from tests.warehouse.conftest import Warehouse
from tests.warehouse.replaying import rerun

LEVERAGE = "release.marts.fct_daily_leverage"
LIQUIDATIONS = "release.marts.fct_daily_liquidations"
BITCOIN = "asset = 'BTC' and scope = 'binance'"
EIGHTH = f"{BITCOIN} and trade_date = '2025-05-08'"
SPAN = timedelta(days=180)


def test_the_article_s_leverage_leans_to_the_bears(sample: Warehouse) -> None:
    share, leaning, is_squeeze = sample.row(
        "select long_liquidation_share_ratio, leverage_leaning, is_short_squeeze from marts.fct_daily_leverage "
        f"where {EIGHTH}"
    )
    assert (round(share, 3), leaning) == (0.105, "bears")
    assert is_squeeze is False, "nine tenths were shorts, of a sum that several days of the half year before exceeded"


def test_the_percentile_of_every_day_is_that_of_the_180_days_before(sample: Warehouse) -> None:
    totals = dict(sample.rows(f"select trade_date, total_usd from marts.fct_daily_liquidations where {BITCOIN}"))
    told = sample.rows(
        "select trade_date, liquidation_percentile_ratio, liquidation_history_days_count "
        f"from marts.fct_daily_leverage where {BITCOIN} order by trade_date"
    )
    assert len(told) == len(totals) > 180
    for day, percentile, count in told:
        before = sorted(total for other, total in totals.items() if day - SPAN <= other < day)
        assert count == len(before)
        rank = (bisect_left(before, totals[day]) + bisect_right(before, totals[day])) / 2
        assert percentile == (pytest.approx(rank / count) if count >= 90 else None)


@pytest.mark.parametrize(
    ("change", "is_squeeze", "is_flush"),
    [
        ("short_usd = short_usd * 2, total_usd = long_usd + short_usd * 2, long_share_ratio = 0.055", True, False),
        ("long_usd = 90e6, short_usd = 1e6, total_usd = 91e6, long_share_ratio = 90 / 91", False, True),
        ("long_usd = 50e6, short_usd = 50e6, total_usd = 100e6, long_share_ratio = 0.5", False, False),
        ("long_usd = 1, short_usd = 99, total_usd = 100, long_share_ratio = 0.01", False, False),
        ("long_usd = 0, short_usd = 0, total_usd = 0, long_share_ratio = null", False, False),
    ],
    ids=["large and short", "large and long", "large and even", "small and short", "nothing"],
)
def test_a_squeeze_is_large_and_on_one_side(
    sample: Warehouse, tampered: duckdb.DuckDBPyConnection, change: str, is_squeeze: bool, is_flush: bool
) -> None:
    tampered.execute(f"create or replace table {LIQUIDATIONS} as from {LIQUIDATIONS}")
    tampered.execute(f"update {LIQUIDATIONS} set {change} where {EIGHTH}")
    rerun(sample, tampered, "fct_daily_leverage")
    told = tampered.execute(f"select is_short_squeeze, is_long_flush from {LEVERAGE} where {EIGHTH}").fetchall()
    assert told == [(is_squeeze, is_flush)]


def test_nothing_is_compared_with_too_short_a_history(sample: Warehouse) -> None:
    short, flags, percentiles, large = sample.row(
        "select count(*), count(is_short_squeeze) + count(is_long_flush), count(liquidation_percentile_ratio), "
        "count(large_liquidations_usd) from marts.fct_daily_leverage where liquidation_history_days_count < 90"
    )
    assert (short, flags, percentiles, large) == (180, 0, 0, 0), "90 days of Bitcoin and of Ether"
    (missing,) = sample.row(
        "select count(*) from marts.fct_daily_leverage "
        "where liquidation_history_days_count >= 90 and is_short_squeeze is null"
    )
    assert missing == 0


def test_positions_and_liquidations_of_a_scope_stand_side_by_side(
    sample: Warehouse, tampered: duckdb.DuckDBPyConnection
) -> None:
    """Open interest and funding of 181 days: the last day's liquidations are a tenth of the positions before it."""
    tampered.execute(
        """
        insert into release.marts.fct_daily_derivatives by name
        select 'BTC' as asset, 'binance' as scope, trade_date, total_usd * 10 as open_interest_usd,
            if(trade_date = '2025-05-08', 0.0002, 0.0001) as funding_rate_ratio, 'binance' as venue_list,
            1 as venue_count, 'binance_futures' as source, true as is_final, 0 as revision_count,
            timestamp '2025-05-12' as first_observed_at, timestamp '2025-05-12' as observed_at
        from (
            select day::date as trade_date, (
                select total_usd from release.marts.fct_daily_liquidations
                where asset = 'BTC' and trade_date = '2025-05-08'
            ) as total_usd
            from generate_series(timestamp '2024-11-10', timestamp '2025-05-08', interval 1 day) as days (day)
        )
        """
    )
    rerun(sample, tampered, "fct_daily_leverage")
    columns = (
        "liquidations_per_open_interest_ratio, funding_percentile_ratio, funding_history_days_count, "
        "liquidation_source, derivatives_source"
    )
    [told] = tampered.execute(f"select {columns} from {LEVERAGE} where {EIGHTH}").fetchall()
    assert told == (pytest.approx(0.1), 1.0, 179, "coinglass", "binance_futures")
    [before] = tampered.execute(
        f"select funding_percentile_ratio from {LEVERAGE} where {BITCOIN} and trade_date = '2025-05-07'"
    ).fetchall()
    assert before == (0.5,), "every day before was the same: half of them count as lower"


def test_a_venue_is_a_part_of_the_widest_sum_of_its_own_source(made_up: Warehouse) -> None:
    parts = made_up.rows(
        "select scope, venue_share_of_scope, venue_share_ratio from marts.fct_daily_leverage "
        "where asset = 'XRP' and trade_date = '2025-05-08' and total_liquidations_usd is not null order by scope"
    )
    assert parts == [
        ("binance", "coinglass_all", 0.4),
        ("binance+okx", None, None),
        ("bitfinex", None, None),
        ("coinalyze_all", None, None),
        ("coinglass_all", None, None),
        ("gate", None, None),
        ("htx", "coinalyze_all", pytest.approx(17 / 33)),
        ("okx", None, None),
    ], "a list of some venues is no venue, and what a venue tells itself is no part of another's sum"


def test_the_largest_event_of_a_venue_s_day(made_up: Warehouse) -> None:
    events = made_up.rows(
        "select scope, event_count, largest_event_usd, largest_event_side, largest_event_at "
        "from marts.fct_daily_leverage where asset = 'XRP' and trade_date = '2025-05-08' and event_count > 0 order by 1"
    )
    assert events == [
        ("bitfinex", 3, 20, "long", datetime(2025, 5, 8, 2)),
        ("okx", 4, 600, "long", datetime(2025, 5, 8, 1)),
    ]


def test_a_scope_with_positions_alone_leans_nowhere(made_up: Warehouse) -> None:
    told = made_up.row(
        "select total_liquidations_usd, leverage_leaning, is_short_squeeze, open_interest_usd, liquidation_source, "
        "derivatives_source from marts.fct_daily_leverage where asset = 'XRP' and scope = 'hyperliquid'"
    )
    assert told == (None, None, None, 100, None, "coinalyze")


def test_a_break_reaches_the_sums_that_its_venue_is_in(made_up: Warehouse) -> None:
    breaks = made_up.rows(
        "select scope, venue, break_date from marts.dim_structural_breaks where metric = 'total_liquidations_usd' "
        "and scope in ('coinglass_all', 'coinalyze_all', 'gate', 'okx') order by all"
    )
    throttle, whole = date(2021, 4, 27), date(2025, 2, 20)
    assert breaks == [
        ("coinalyze_all", "binance", throttle),
        ("coinglass_all", "binance", throttle),
        ("coinglass_all", "bybit", whole),
    ], "in May 2025 Gate had its old name at CoinGlass, and Hyperliquid was not there"
    others = "select count(*) from marts.dim_structural_breaks where metric not like '%liquidation%'"
    assert made_up.row(others) == (0,)


def test_a_comparison_across_a_break_says_so(sample: Warehouse, tampered: duckdb.DuckDBPyConnection) -> None:
    """A break on 10 April: shorts of 8 May were the highest since 2 March, those of 9 May since the day before."""
    tampered.execute(
        "insert into release.marts.dim_structural_breaks select metric, 'binance', 'binance', date '2025-04-10', "
        "'a stream tells more', 'sums jump', 'https://example.org' from release.marts.dim_metrics "
        "where family = 'liquidations'"
    )
    rerun(sample, tampered, "fct_daily_leverage", "fct_daily_records")
    records = tampered.execute(
        "select trade_date, highest_since_date, is_high_across_break, is_low_across_break "
        f"from release.marts.fct_daily_records where {BITCOIN} and metric = 'short_liquidations_usd' "
        "and trade_date in ('2025-04-09', '2025-04-10', '2025-05-08', '2025-05-09') order by 1"
    ).fetchall()
    flags = {day: (since, high, low) for day, since, high, low in records}
    assert flags[date(2025, 5, 8)] == (date(2025, 3, 2), True, False)
    assert flags[date(2025, 5, 9)] == (date(2025, 5, 8), False, False)
    assert flags[date(2025, 4, 9)][1:] == (False, False), "the break had not come"
    assert flags[date(2025, 4, 10)][1:] == (True, True), "every earlier day lies on the other side"
    crossed = tampered.execute(
        f"select trade_date, crossed_break_date from {LEVERAGE} where {BITCOIN} "
        "and trade_date in ('2025-04-09', '2025-04-10', '2025-05-08') order by 1"
    ).fetchall()
    assert [day for _, day in crossed] == [None, date(2025, 4, 10), date(2025, 4, 10)]


def test_records_of_prices_cross_no_break(sample: Warehouse) -> None:
    flagged = sample.row(
        "select count(*) filter (where is_high_across_break or is_low_across_break) from marts.fct_daily_records"
    )
    assert flagged == (0,), "the sample begins years after Binance's throttle, and has no other venue"
