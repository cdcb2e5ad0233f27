"""Choices between what providers offer: hosts, intervals and fields that are never requested, and why not."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from wire_bench import NOW, make_response

from data_checks.suites.catalogue import ALL_CHECKS
from orchestration.sources import coinalyze
from orchestration.sources.shared.contract import Dataset, Request, Slice, Window
from orchestration.sources.shared.registry import dataset, datasets, symbols

TESTS = Path(__file__).parents[1]

PRICES = [found for found in datasets() if found.subject_group in ("prices", "reference_prices")]


def test_binance_is_requested_from_the_host_that_blocks_no_country() -> None:
    for name in ("klines_1d", "klines_1h"):
        assert dataset("binance", name).provider.default_url == "https://data-api.binance.vision"


def test_the_basis_of_tether_warns_and_withholds() -> None:
    severities = {check.name: check.severity for check in ALL_CHECKS}
    assert severities["tether_is_worth_a_dollar_within_half_a_percent"] == "warning"
    assert severities["no_price_was_withheld"] == "withhold", "a rate beyond three percent is kept out"


def test_the_archive_is_requested_for_intervals_with_one_name_everywhere() -> None:
    window = Window(NOW.replace(year=2024), NOW)
    for name in ("klines_1d", "klines_1h"):
        found = dataset("binance_archive", name)
        paths = [request.path for request in found.plan(Slice("BTC", "BTCUSDT", window, NOW))]
        assert {path.split("/")[-2] for path in paths} == {name.removeprefix("klines_")}


def test_more_candles_than_documented_are_read() -> None:
    found = dataset("coinbase", "candles_1d")
    now = int(NOW.timestamp()) // 86_400 * 86_400
    candles = [[now - day * 86_400, 1, 2, 1.5, 1.5, 10] for day in range(1, 351)]
    assert callable(found.read)
    request = Request("/products/BTC-USD/candles", {}, "BTC")
    assert len(found.read(make_response(found, json.dumps(candles).encode(), request)).rows) == 350


def test_no_check_compares_the_volumes_of_venues() -> None:
    """Every check of the venues' table that looks at volume looks at one bar alone."""
    compared = [
        check.name
        for check in ALL_CHECKS
        if check.table == "fct_daily_venue_prices" and "volume" in str(check.rule) and "gap_ratio" in str(check.rule)
    ]
    assert compared == []


def test_either_order_gives_the_same_rows() -> None:
    bars = [[1746057600, *["1"] * 6, 5], [1746144000, *["2"] * 6, 5]]
    found = dataset("kraken", "ohlc_1d")
    assert callable(found.read)
    request = Request("/", {"pair": "XBTUSD"}, "BTC")
    read = []
    for order in (bars, bars[::-1]):
        body = {"error": [], "result": {"X": order, "last": 1746144000}}
        read.append(found.read(make_response(found, json.dumps(body).encode(), request)).rows)
    assert read[0] == read[1]
    assert len(read[0]) == 2


def test_prices_are_never_requested_from_bybit() -> None:
    assert [found.table for found in PRICES if "bybit" in found.provider.default_url] == []


def test_closed_hosts_are_not_requested() -> None:
    ended = ("githubusercontent", "cryptocompare", "coindesk", "api.pro.coinbase")
    assert [found.table for found in datasets() if any(host in found.provider.default_url for host in ended)] == []


def test_coingecko_is_requested_for_current_figures_only() -> None:
    """Its history has a wall of a year, a last point that is now, dates with the day first, and bars of four days."""
    requested = {
        request.path
        for found in datasets()
        if found.provider.name == "coingecko"
        for request in found.plan(Slice("ALL", "", Window(NOW.replace(year=2020), NOW), NOW))
    }
    assert requested == {"/api/v3/global", "/api/v3/coins/markets"}


def test_fields_about_yesterday_are_not_loaded() -> None:
    caps = [found for found in datasets() if found.subject_group == "market_caps"]
    assert caps
    assert [column for found in caps for column in found.columns if "yesterday" in column] == []


def test_a_universe_of_coins_is_called_what_it_is() -> None:
    seed = TESTS.parent / "dbt_project" / "seeds" / "market_cap_series.csv"
    with seed.open(newline="") as file:
        (series,) = [line for line in csv.DictReader(file) if line["symbol"] == "CRYPTOCAP:TOTAL2"]
    assert series["scope"] == "tradingview_top125"
    assert "stablecoins included" in series["universe"]
    assert "125" in series["universe"]


DAYS = [found for found in PRICES if callable(found.read) and found.table != "coingecko_all_time_highs"]
"""A record of all times is of an instant, and its day is judged where it becomes a fact."""


@pytest.mark.parametrize("found", DAYS, ids=lambda found: found.table)
def test_no_source_of_days_takes_a_day_that_has_not_ended(found: Dataset) -> None:
    """The good body of each, as it would be read in the middle of its second day."""
    from test_source_failures import GOOD, good_body

    assert callable(found.read)
    window = Window(NOW.replace(day=1, hour=0), NOW)
    asset_symbols = symbols(found.provider.name)
    request = next(found.plan(Slice("BTC", asset_symbols.get("BTC", ""), window, NOW)))
    second_day = NOW.replace(day=2, hour=5)
    rows = found.read(replace(make_response(found, good_body(found), request), fetched_at=second_day)).rows
    assert len(rows) == 1 < GOOD[found.table][1]


def test_paid_funding_is_requested() -> None:
    """CoinGlass's funding history is the running rate: it is requested for liquidations only."""
    assert "funding-rate-history" in coinalyze.HISTORIES
    assert not [history for history in coinalyze.HISTORIES if history.startswith("predicted")]
    assert not [d.table for d in datasets() if d.provider.name == "coinglass" and "funding" in d.name]
