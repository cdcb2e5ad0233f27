"""CoinGlass's history as it was pulled on three days, through the loader: every version is kept, and told by instant.

The pulls are recorded ones of a third party and never part of this repository. They are bars of four hours; the bodies
loaded here hold their sums by UTC day, in the shape that the provider sends.
"""

import json
from datetime import UTC, date, datetime

import duckdb
import pytest

from orchestration.ingest.landing import Landing
from orchestration.raw.load import load
from orchestration.sources.shared.contract import Request, Window
from orchestration.sources.shared.registry import dataset
from tests.recordings import RECORDED, needs_recordings
from tests.warehouse.conftest import Warehouse, build_warehouse
from tests.warehouse.raw_tables import add_nyse_sessions

COINGLASS = RECORDED / "coinglass"
PULLS = {
    "20250512_88340d68": datetime(2025, 5, 12, 16, tzinfo=UTC),
    "20250611_96e26ca5": datetime(2025, 6, 11, 13, tzinfo=UTC),
    "20250829_43208151": datetime(2025, 8, 29, 13, tzinfo=UTC),
}
"""When each was pulled, to the hour."""
SHORTS_OF_8_MAY = dict(zip(PULLS, (57_781_833.61, 30_931_070.31, 56_294_140.75), strict=True))
LONG, SHORT = "aggregated_long_liquidation_usd", "aggregated_short_liquidation_usd"
INCONSISTENT = {date(2024, 12, 26), date(2025, 1, 6)}
"""Days whose own bar at CoinGlass is up to 6 % off the sum of its parts, in one and the same pull."""

pytestmark = needs_recordings


def days_of(pull: str) -> list[tuple[date, float, float]]:
    """The UTC days of which a pull has all six bars: day, longs, shorts."""
    return duckdb.sql(
        f"select make_timestamp(time * 1000)::date as trade_date, sum({LONG}), sum({SHORT}) "
        f"from '{COINGLASS}/vintages_btc_4h/{pull}_BTC.parquet' group by 1 having count(*) = 6 order by 1"
    ).fetchall()


def body_of(pull: str) -> bytes:
    bars = [
        {"time": (day - date(1970, 1, 1)).days * 86_400_000, LONG: round(longs, 4), SHORT: round(shorts, 4)}
        for day, longs, shorts in days_of(pull)
    ]
    return json.dumps({"code": "0", "msg": "success", "data": bars}).encode()


@pytest.fixture(scope="module")
def vintages(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("vintages")
    liquidations = dataset("coinglass", "liquidations_1d")

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        add_nyse_sessions(connection, date(2024, 1, 2), date(2025, 12, 31))
        for pull, at in PULLS.items():
            params = {"symbol": "BTC", "exchange_list": "Binance", "interval": "1d"}
            window = Window(datetime(2024, 1, 1, tzinfo=UTC), at)
            request = Request("/api/futures/liquidation/aggregated-history", params, "BTC", window)
            landing = Landing(folder / "landing")
            landed = landing.store(liquidations, request, "https://unused.invalid", 200, body_of(pull), at)
            assert load(connection, liquidations, [landed], landing.folder).rejected == 0

    return build_warehouse(folder, fill, datetime(2025, 8, 29, 14))


@pytest.mark.parametrize("pull", PULLS)
def test_every_day_is_told_as_it_was_pulled(vintages: Warehouse, pull: str) -> None:
    """All days of a pull at its instant, to the cent; what it did not reach any more is what an earlier one said."""
    told = vintages.rows(
        "select trade_date, long_usd::double, short_usd::double "
        f"from daily_liquidations_as_of('{PULLS[pull]:%Y-%m-%d %H:%M}') "
        "where asset = 'BTC' and scope = 'binance' order by trade_date"
    )
    pulled = days_of(pull)
    assert len(pulled) > 170
    newest = [day for day in told if day[0] >= pulled[0][0]]
    assert [day for day, *_ in newest] == [day for day, *_ in pulled]
    for (_, *sums), (_, *expected) in zip(newest, pulled, strict=True):
        assert sums == [pytest.approx(usd, abs=0.006) for usd in expected]
    shorts = {day: usd for day, _, usd in told}
    assert shorts[date(2025, 5, 8)] == SHORTS_OF_8_MAY[pull]


def test_a_day_that_was_rewritten_twice_has_two_revisions_and_three_versions(vintages: Warehouse) -> None:
    key = "asset = 'BTC' and scope = 'binance' and trade_date = '2025-05-08'"
    assert vintages.row(f"select revision_count from marts.fct_daily_liquidations where {key}") == (2,)
    versions = vintages.rows(
        f"select observed_at, short_usd::double from marts.fct_liquidation_versions where {key} order by observed_at"
    )
    assert versions == [(at.replace(tzinfo=None), SHORTS_OF_8_MAY[pull]) for pull, at in PULLS.items()]
    restated = "select count(*) from marts.fct_revisions where metric = 'short_liquidations_usd' and scope = 'binance'"
    assert vintages.row(restated)[0] > 100, "CoinGlass rewrote most of the days that two pulls have in common"


def test_a_daily_bar_is_the_sum_of_its_bars_of_four_hours() -> None:
    """Within half a percent on every UTC day of the same pull, but for two days that CoinGlass itself tells twice."""
    daily = {
        day: sums
        for day, *sums in duckdb.sql(
            f"select make_timestamp(time * 1000)::date, {LONG}, {SHORT} "
            f"from '{COINGLASS}/api_futures_liquidation_aggregated_coin_history_BTC_BTC.parquet'"
        ).fetchall()
    }
    compared = days_of("20250512_88340d68")
    assert len(compared) == 179
    off = {
        day
        for day, *sums in compared
        if any(abs(whole / parts - 1) > 0.005 for whole, parts in zip(daily[day], sums, strict=True))
    }
    assert off == INCONSISTENT
