"""The past 24 hours, to the hour; and every restatement, with what was said before."""

import csv
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.conftest import Warehouse
from tests.warehouse.raw_tables import FIGURES
from tests.warehouse.replaying import rerun

HOUR = "metric = 'price_usd' and asset = 'BTC' and scope = 'binance' and hour_start_at = timestamp"


def test_bitcoin_was_up_3_33_percent_when_the_fourth_hour_of_9_may_began(sample: Warehouse) -> None:
    as_of, change, before_at = sample.row(
        f"select as_of_at, change_ratio, value_24h_ago_at from marts.fct_rolling_24h where {HOUR} '2025-05-09 03:00'"
    )
    assert (as_of, before_at) == (datetime(2025, 5, 9, 4), datetime(2025, 5, 8, 4))
    assert round(change, 4) == 0.0333


def test_the_24_hours_to_midnight_are_the_utc_day(sample: Warehouse) -> None:
    """Hourly bars against the venue's own daily bar, on every whole day there is."""
    days = sample.rows(
        "select rolling.value - day.close_usd, rolling.high_24h - day.high_usd, rolling.low_24h - day.low_usd "
        "from marts.fct_rolling_24h as rolling join marts.fct_daily_venue_prices as day on rolling.asset = day.asset "
        "and rolling.scope = day.venue and rolling.as_of_at = day.trade_date + 1 where rolling.metric = 'price_usd' "
        "and rolling.high_24h is not null"
    )
    assert len(days) == 22
    assert all(gap == pytest.approx(0, abs=0.01) for row in days for gap in row)
    sums = sample.rows(
        "select rolling.sum_24h / day.volume_usd::double from marts.fct_rolling_24h as rolling "
        "join marts.fct_daily_venue_prices as day on rolling.asset = day.asset and rolling.scope = day.venue "
        "and rolling.as_of_at = day.trade_date + 1 where rolling.metric = 'spot_volume_usd'"
    )
    assert len(sums) == 22
    assert all(ratio == pytest.approx(1, rel=1e-6) for (ratio,) in sums)


def test_the_first_24_hours_have_nothing_to_compare_with(sample: Warehouse) -> None:
    first = sample.row(
        f"select value_24h_ago, change_ratio, high_24h, low_24h from marts.fct_rolling_24h "
        f"where {HOUR} '2025-05-01 22:00'"
    )
    assert first == (None, None, None, None)
    whole = sample.row(f"select high_24h is not null from marts.fct_rolling_24h where {HOUR} '2025-05-01 23:00'")
    assert whole == (True,)


def test_a_missing_hour_gives_null_and_never_a_shifted_comparison(
    sample: Warehouse, tampered: duckdb.DuckDBPyConnection
) -> None:
    missing = datetime(2025, 5, 8, 3)
    tampered.execute("delete from release.marts.fct_hourly_prices where hour_at = ? and asset = 'BTC'", [missing])
    rerun(sample, tampered, "fct_rolling_24h")
    rows = tampered.execute(
        "select hour_start_at, change_ratio, high_24h from release.marts.fct_rolling_24h "
        "where metric = 'price_usd' and asset = 'BTC' and hour_start_at >= '2025-05-02' order by 1"
    ).fetchall()
    hours = {hour: (change, high) for hour, change, high in rows}
    assert missing not in hours
    assert hours[missing + timedelta(days=1)][0] is None
    without_change = [hour for hour, (change, _) in hours.items() if change is None]
    assert without_change == [missing + timedelta(days=1)]
    without_high = [hour for hour, (_, high) in hours.items() if high is None]
    assert without_high == [missing + timedelta(hours=offset) for offset in range(1, 24)]


def test_snapshots_are_compared_with_the_one_a_day_before_if_it_is_near(sample: Warehouse) -> None:
    rows = sample.rows(
        "select as_of_at, value_24h_ago_at, round(change_ratio, 4), hour_start_at from marts.fct_rolling_24h "
        "where metric = 'ex_btc_market_cap_usd' order by 1"
    )
    assert rows[0][1:] == (None, None, None)
    assert rows[1][:3] == (datetime(2025, 5, 9, 1, 42, 59), datetime(2025, 5, 8, 1, 42, 59), 0.0937)
    assert all(abs(at - before - timedelta(days=1)) <= timedelta(hours=1) for at, before, *_ in rows[1:])


def test_a_snapshot_too_far_from_24_hours_before_is_not_compared(made_up: Warehouse) -> None:
    """10 May 00:00 has snapshots 20:00, 23:55 and 22:15 hours before: only the second is within an hour."""
    before_at, change = made_up.row(
        "select value_24h_ago_at, change_ratio from marts.fct_rolling_24h "
        "where metric = 'ex_btc_market_cap_usd' and as_of_at = '2025-05-10'"
    )
    assert (before_at, change) == (datetime(2025, 5, 9, 0, 5), 400 / 800 - 1)


def test_liquidations_step_by_the_hour_and_need_all_24(made_up: Warehouse) -> None:
    """XRP at Gate: 8 May whole, one hour restated from 2 to 12; on 9 May the hour from 05:00 is missing."""
    rows = made_up.rows(
        "select as_of_at, sum_24h, value, value_24h_ago from marts.fct_rolling_24h "
        "where metric = 'long_liquidations_usd' and asset = 'XRP' and scope = 'gate' order by 1"
    )
    midnight = datetime(2025, 5, 9)
    assert rows[0] == (midnight, 23 * 2 + 12, 23 * 2 + 12, None)
    assert [at for at, *_ in rows] == [midnight + timedelta(hours=hour) for hour in range(6)]
    by_day = made_up.rows(
        "select metric, sum_24h, case metric when 'long_liquidations_usd' then long_usd "
        "when 'short_liquidations_usd' then short_usd else total_usd end::double "
        "from marts.fct_rolling_24h as rolling join marts.fct_liquidation_versions as versions "
        "using (asset, scope, source) where as_of_at = '2025-05-09' and trade_date = '2025-05-08' "
        "and asset = 'XRP' and scope = 'gate' "
        "qualify row_number() over (partition by metric order by versions.observed_at desc) = 1"
    )
    assert len(by_day) == 3
    assert all(by_hours == by_days for _, by_hours, by_days in by_day)


def restatements_in(path: Path) -> int:
    """How often a figure differs from the one published before, longs and shorts and their sum."""
    with path.open() as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["trade_date"], row["observed_on"]))
    count = 0
    for before, after in pairwise(rows):
        if before["trade_date"] == after["trade_date"]:
            longs = [float(row["long_usd"]) for row in (before, after)]
            shorts = [float(row["short_usd"]) for row in (before, after)]
            count += (longs[0] != longs[1]) + (shorts[0] != shorts[1])
            count += round(longs[0] + shorts[0], 2) != round(longs[1] + shorts[1], 2)
    return count


def test_every_restatement_of_the_provider_is_a_revision_and_nothing_else(
    sample: Warehouse, restated: Warehouse
) -> None:
    assert sample.row("select count(*) from marts.fct_revisions") == (0,)
    expected = restatements_in(FIGURES / "binance_liquidations_revisions.csv")
    assert expected > 60
    assert restated.row("select count(*) from marts.fct_revisions") == (expected,)


def test_a_revision_tells_what_was_said_before_and_when(restated: Warehouse) -> None:
    rows = restated.rows(
        "select old_value, new_value, change_ratio, previous_observed_at, observed_at, source, previous_source "
        "from marts.fct_revisions where metric = 'short_liquidations_usd' and trade_date = '2025-05-08' "
        "order by observed_at"
    )
    first, second, third = datetime(2025, 5, 12, 6), datetime(2025, 6, 11, 6), datetime(2025, 8, 29, 6)
    assert [row[:2] for row in rows] == [(57_781_833.61, 30_931_070.31), (30_931_070.31, 56_294_140.75)]
    assert rows[0][2] == pytest.approx(30_931_070.31 / 57_781_833.61 - 1)
    assert [row[3:5] for row in rows] == [(first, second), (second, third)]
    assert {row[5:] for row in rows} == {("coinglass", "coinglass")}


def test_a_figure_restated_and_restated_back_was_restated_twice(made_up: Warehouse) -> None:
    closes = made_up.rows(
        "select old_value, new_value from marts.fct_revisions where asset = 'LTC' and statistic = 'close' "
        "order by observed_at"
    )
    assert closes == [(100, 102), (102, 100)]


def test_the_first_report_of_a_flow_is_no_revision(made_up: Warehouse) -> None:
    """7 May: IBIT was a dash, then 30, then 40 million."""
    flows = made_up.rows(
        "select old_value, new_value from marts.fct_revisions where scope = 'IBIT' and trade_date = '2025-05-07'"
    )
    assert flows == [(30_000_000, 40_000_000)]


def test_a_nearer_snapshot_that_came_late_is_no_revision(made_up: Warehouse) -> None:
    """Of one midnight first the snapshot of 01:45 was known, then that of 00:05: neither was restated."""
    versions = "select count(*) from marts.fct_market_cap_versions where trade_date = '2025-05-08'"
    assert made_up.row(versions) == (2,)
    assert made_up.rows("from marts.fct_revisions where metric like '%market_cap%'") == []
