"""The full sample market serves futures as their venues do: synthetic levels, rates, archives and events."""

from datetime import date
from pathlib import Path

import pytest

from orchestration.ingest.extract import extract
from orchestration.ingest.http import HttpClient
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.sample.server import SampleMarket
from orchestration.sample.synthetic_futures import events, hours
from orchestration.settings import SAMPLE_NOW, Settings
from orchestration.sources.shared.contract import Window
from orchestration.sources.shared.registry import dataset, symbols

DAYS = Window.of_days(date(2025, 5, 8), date(2025, 5, 9))
APRIL = Window.of_days(date(2025, 4, 1), date(2025, 4, 30))
OCTOBER = Window.of_days(date(2024, 10, 13), date(2024, 10, 16))


@pytest.mark.parametrize(
    ("provider", "name", "window", "count"),
    [
        # One request for all coins, of which the sample has the records of its ten assets by the run.
        ("coingecko", "all_time_highs", None, 10),
        # Both ends of a window belong to it: 49 hours and 7 settlements.
        ("binance_futures", "funding_rate", DAYS, 2 * 7),
        ("binance_futures", "open_interest_1h", DAYS, 2 * 49),
        ("binance_futures", "account_ratio_1h", DAYS, 2 * 49),
        ("binance_archive_futures", "metrics", DAYS, 2 * 2 * 288),
        ("binance_archive_futures", "funding_rate", APRIL, 2 * 90),
        # Eight events on each of the last two days, each listed twice.
        ("binance_archive_coinm", "liquidation_snapshot", OCTOBER, 2 * 2 * 8),
        ("binance_futures", "klines_1d", DAYS, 2 * 2),
        ("bybit", "klines_1d", DAYS, 2 * 2),
        ("bybit", "funding_history", DAYS, 2 * 7),
        ("bybit", "open_interest_1d", DAYS, 2 * 3),
        ("bybit", "account_ratio_1d", DAYS, 2 * 3),
        ("bybit", "mark_prices_1d", DAYS, 2 * 2),
        ("okx_futures", "funding_history", DAYS, 2 * 7),
        ("okx_futures", "open_interest_1d", DAYS, 2 * 2),
        ("okx_futures", "account_ratio_1d", DAYS, 2 * 2),
        ("okx_futures", "instruments", DAYS, len(symbols("okx_futures"))),
        # Kept for a day, of which the figures have the 18 hours from 06:00 on.
        ("okx_futures", "liquidation_orders", None, 2 * 18 * 4),
        ("htx", "liquidation_orders", DAYS, 2 * 48 * 4),
        ("bitfinex", "liquidations", DAYS, len(symbols("bitfinex")) * 48 * 4 * 2),
    ],
)
def test_every_futures_source_gets_its_own_format(
    tmp_path: Path, provider: str, name: str, window: Window | None, count: int
) -> None:
    found = dataset(provider, name)
    with SampleMarket(full=True) as market:
        own = {"WAREHOUSE_HOME": str(tmp_path), "WAREHOUSE_ASSETS": "BTC,DOGE"}
        settings = Settings.load({**market.environment(), **own}).model_copy(update={"is_rate_limited": False})
        extraction = extract(found, settings, HttpClient(settings), symbols(provider), SAMPLE_NOW, window)
        assert (extraction.outcome, extraction.message) == ("complete", None)
        with connect(settings.working_file) as connection:
            prepare(connection, [found])
            loaded = load(connection, found, extraction.responses, settings.landing)
    assert (loaded.rows_new, loaded.rejected) == (count, 0)


def test_events_add_up_to_the_hour_per_side() -> None:
    found = list(events("bybit", "BTC", DAYS.start, DAYS.end))
    of_days = [hour for hour in hours("bybit", "BTC") if DAYS.start <= hour.opens < DAYS.end]
    for side, total in (
        ("long", sum(hour.long_usd for hour in of_days)),
        ("short", sum(hour.short_usd for hour in of_days)),
    ):
        assert sum(event.value_usd for event in found if event.side == side) == total
    assert [event.at for event in found] == sorted(event.at for event in found)
    assert len({event.number for event in found}) == len(found)
