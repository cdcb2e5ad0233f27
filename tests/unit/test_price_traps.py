"""Every known trap of the providers of prices and market caps, and the tests that keep us out of it.

The table names tests; that they are there is tested here, what they say is theirs. Traps of what is not asked for have
their guard in this file: nobody asks.
"""

import ast
import csv
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from wire_bench import NOW, answered

from data_checks.suites.catalogue import ALL_CHECKS
from orchestration.sources.shared.contract import Dataset, Request, Slice, Window
from orchestration.sources.shared.registry import dataset, datasets, symbols

TESTS = Path(__file__).parents[1]
HERE = "unit/test_price_traps.py"
BINANCE, ARCHIVE = "unit/test_source_binance.py", "unit/test_source_binance_archive.py"
COINBASE, KRAKEN = "unit/test_source_coinbase.py", "unit/test_source_kraken.py"
BITSTAMP, OKX = "unit/test_source_bitstamp.py", "unit/test_source_okx.py"
COINMETRICS, DEFILLAMA = "unit/test_source_coinmetrics.py", "unit/test_source_defillama_coins.py"
KEYED, WEB = "unit/test_source_coinmarketcap.py", "unit/test_source_coinmarketcap_web.py"
SNAPSHOTS, HTTP, LOADING = "unit/test_source_snapshots.py", "unit/test_http.py", "unit/test_loading.py"
VENUES, REFERENCES = "warehouse/test_venue_facts.py", "warehouse/test_reference_prices.py"
STAMPS = "warehouse/test_stamps.py"

Guards = tuple[tuple[str, str], ...]

TRAPS: dict[str, Guards] = {
    "1 Binance's main host answers 451 in some regions": (
        (HERE, "test_binance_is_asked_where_it_answers_everywhere"),
        (HTTP, "test_a_blocked_region_names_the_setting_that_helps"),
        (HTTP, "test_a_permanent_refusal_is_not_repeated"),
    ),
    "2 Binance quotes USDT, which is not USD": (
        (VENUES, "test_each_day_comes_from_the_preferred_venue_that_has_it"),
        (REFERENCES, "test_tether_is_no_dollar_and_the_preferred_venue_says_how_far_off_it_was"),
        (HERE, "test_the_basis_of_tether_warns_and_withholds"),
    ),
    "3 the archive writes microseconds since 2025, the API milliseconds": (
        (ARCHIVE, "test_milliseconds_and_microseconds_are_the_same_days_and_order_does_not_matter"),
        (BINANCE, "test_microseconds_are_refused"),
        (VENUES, "test_microseconds_are_the_same_instant_and_an_open_bar_is_no_fact"),
    ),
    "4 some archive files have a header": ((ARCHIVE, "test_a_header_is_skipped_and_only_a_header"),),
    "5 a month is 1mo in the archive and 1M at the API; the day has no 1w": (
        (HERE, "test_the_archive_is_asked_for_intervals_that_have_one_name_everywhere"),
    ),
    "6 archive files are issued anew, unsorted, or not there yet": (
        (ARCHIVE, "test_a_file_is_fetched_once_until_it_is_issued_anew"),
        (ARCHIVE, "test_a_file_that_does_not_match_its_checksum_is_not_loaded"),
        (ARCHIVE, "test_milliseconds_and_microseconds_are_the_same_days_and_order_does_not_matter"),
        (ARCHIVE, "test_a_file_that_is_not_there_is_no_failure"),
        (ARCHIVE, "test_the_api_is_asked_from_where_the_archive_ends"),
    ),
    "7 Coinbase's low and high come before open and close": (
        (COINBASE, "test_low_and_high_come_first_and_the_oldest_day_is_stored_first"),
        ("warehouse/test_mutations.py", "test_a_corruption_fails_its_check"),
    ),
    "8 Coinbase is newest first, omits days, refuses 300 and ignores a lone bound": (
        (COINBASE, "test_low_and_high_come_first_and_the_oldest_day_is_stored_first"),
        (COINBASE, "test_both_bounds_are_always_sent"),
        (COINBASE, "test_windows_stay_below_the_limit_of_300"),
        (COINBASE, "test_days_without_a_trade_stay_absent"),
    ),
    "9 Coinbase gives 350 rows where 300 are documented": ((HERE, "test_more_candles_than_documented_are_read"),),
    "10 Kraken's 721 rows of 720 days under another name, errors with status 200": (
        (KRAKEN, "test_a_bar_after_the_last_committed_one_is_no_fact"),
        (KRAKEN, "test_the_newest_720_days_come_whatever_since_says"),
        (KRAKEN, "test_the_list_is_taken_whatever_kraken_calls_the_pair"),
        (KRAKEN, "test_errors_with_status_200_are_errors"),
    ),
    "11 Kraken fills days without a trade, Coinbase omits them": (
        (KRAKEN, "test_a_filled_day_keeps_its_count_of_zero"),
        (VENUES, "test_a_better_venue_that_came_late_takes_the_day_and_the_revisions_tell"),
        (HERE, "test_no_check_compares_the_volumes_of_venues"),
    ),
    "12 Bitstamp's limit beats the window, its values are text": (
        (BITSTAMP, "test_the_limit_sent_is_the_number_of_days_in_the_window"),
        (BITSTAMP, "test_bars_that_a_generous_limit_brought_along_are_left_out"),
    ),
    "13 OKX's 1D is a day in Hong Kong": (
        (OKX, "test_utc_days_are_asked_for_between_two_exclusive_bounds"),
        (OKX, "test_a_hong_kong_day_is_refused"),
    ),
    "14 some venues are newest first and others oldest first": (
        (LOADING, "test_order_does_not_matter_and_exact_duplicates_count_once"),
        (HERE, "test_either_order_gives_the_same_rows"),
    ),
    "15 Bybit answers with perpetuals unless told otherwise": ((HERE, "test_a_price_is_never_asked_of_bybit"),),
    "16 Coin Metrics pages from the end, 100 rows at a time": (
        (COINMETRICS, "test_the_first_page_is_the_oldest_and_refused_metrics_are_left_out"),
        (COINMETRICS, "test_the_next_page_is_asked_as_it_is_linked_and_of_the_host_that_was_asked"),
    ),
    "17 one forbidden metric of Coin Metrics fails a request": (
        (COINMETRICS, "test_the_first_page_is_the_oldest_and_refused_metrics_are_left_out"),
        (COINMETRICS, "test_an_asset_without_network_data_has_its_estimate_alone"),
    ),
    "18 PriceUSD is stamped with the day it closes, ReferenceRateUSD a day later": (
        (COINMETRICS, "test_a_recorded_price_is_the_reference_rate_stamped_a_day_later"),
        (STAMPS, "test_a_known_day_is_the_day_that_it_closes"),
    ),
    "19 ReferenceRate reaches back a week, and SOL has no PriceUSD": (
        (COINMETRICS, "test_reference_rates_are_not_asked_for"),
        (REFERENCES, "test_an_asset_without_a_reference_price_has_none"),
    ),
    "20 Coin Metrics' mirror of CSV files is frozen": ((HERE, "test_hosts_that_ended_are_not_asked"),),
    "21 CoinGecko's last point is now": ((HERE, "test_coingecko_is_asked_for_the_present_alone"),),
    "22 CoinGecko's year looks like a refused key": ((HERE, "test_coingecko_is_asked_for_the_present_alone"),),
    "23 CoinGecko's day-first dates and closing stamps": ((HERE, "test_coingecko_is_asked_for_the_present_alone"),),
    "24 DefiLlama's points fall on either side of midnight": (
        (DEFILLAMA, "test_a_point_belongs_to_the_nearest_midnight_whichever_side_it_fell_on"),
        (DEFILLAMA, "test_of_366_recorded_points_none_is_lost"),
    ),
    "25 CoinMarketCap's day is its first quote": (
        (KEYED, "test_the_first_quote_of_each_day_is_asked_for"),
        (STAMPS, "test_a_known_day_is_the_day_that_it_closes"),
    ),
    "26 CoinMarketCap's error code is a number or a text, with status 200": (
        (KEYED, "test_an_error_code_in_a_200_is_an_error_as_number_and_as_text"),
        (SNAPSHOTS, "test_a_quota_may_pass_whether_its_code_is_a_number_or_a_text"),
        (WEB, "test_a_quota_may_pass_whether_its_code_is_a_number_or_a_text"),
    ),
    "27 a snapshot is not midnight, and yesterday's fields are no history": (
        (SNAPSHOTS, "test_a_snapshot_carries_its_own_instant"),
        (VENUES, "test_a_later_snapshot_never_replaces_one_nearer_to_midnight"),
        (HERE, "test_fields_about_yesterday_are_not_loaded"),
    ),
    "28 CryptoCompare's free tier ended": ((HERE, "test_hosts_that_ended_are_not_asked"),),
    "29 TOTAL2 has stablecoins and 125 coins": ((HERE, "test_a_universe_of_coins_is_called_what_it_is"),),
    "30 the running bar is everywhere": (
        (LOADING, "test_an_unfinished_bar_is_not_a_row"),
        (HERE, "test_no_source_of_days_takes_a_day_that_has_not_ended"),
    ),
}
PRICES = [found for found in datasets() if found.subject_group in ("prices", "reference_prices")]


@cache
def named_tests(file: str) -> frozenset[str]:
    """The names of the tests in a file, without running it."""
    body = ast.parse((TESTS / file).read_text()).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_has_a_guard(trap: str) -> None:
    assert TRAPS[trap]
    missing = [f"{file}: {name}" for file, name in TRAPS[trap] if name not in named_tests(file)]
    assert not missing


def test_all_thirty_traps_are_listed() -> None:
    assert [int(trap.split()[0]) for trap in TRAPS] == list(range(1, 31))


def test_binance_is_asked_where_it_answers_everywhere() -> None:
    for name in ("klines_1d", "klines_1h"):
        assert dataset("binance", name).provider.default_url == "https://data-api.binance.vision"


def test_the_basis_of_tether_warns_and_withholds() -> None:
    severities = {check.name: check.severity for check in ALL_CHECKS}
    assert severities["tether_is_worth_a_dollar_within_half_a_percent"] == "warning"
    assert severities["no_price_was_withheld"] == "withhold", "a rate beyond three percent is kept out"


def test_the_archive_is_asked_for_intervals_that_have_one_name_everywhere() -> None:
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
    assert len(found.read(answered(found, json.dumps(candles).encode(), request)).rows) == 350


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
        read.append(found.read(answered(found, json.dumps(body).encode(), request)).rows)
    assert read[0] == read[1]
    assert len(read[0]) == 2


def test_a_price_is_never_asked_of_bybit() -> None:
    assert [found.table for found in PRICES if "bybit" in found.provider.default_url] == []


def test_hosts_that_ended_are_not_asked() -> None:
    ended = ("githubusercontent", "cryptocompare", "coindesk", "api.pro.coinbase")
    assert [found.table for found in datasets() if any(host in found.provider.default_url for host in ended)] == []


def test_coingecko_is_asked_for_the_present_alone() -> None:
    """Its history has a wall of a year, a last point that is now, dates with the day first, and bars of four days."""
    asked = {
        request.path
        for found in datasets()
        if found.provider.name == "coingecko"
        for request in found.plan(Slice("ALL", "", Window(NOW.replace(year=2020), NOW), NOW))
    }
    assert asked == {"/api/v3/global"}


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


DAYS = [found for found in PRICES if callable(found.read)]


@pytest.mark.parametrize("found", DAYS, ids=lambda found: found.table)
def test_no_source_of_days_takes_a_day_that_has_not_ended(found: Dataset) -> None:
    """The good body of each, as it would be read in the middle of its second day."""
    from test_source_failures import GOOD, good_body

    assert callable(found.read)
    window = Window(NOW.replace(day=1, hour=0), NOW)
    asset_symbols = symbols(found.provider.name)
    request = next(found.plan(Slice("BTC", asset_symbols.get("BTC", ""), window, NOW)))
    second_day = NOW.replace(day=2, hour=5)
    rows = found.read(replace(answered(found, good_body(found), request), fetched_at=second_day)).rows
    assert len(rows) == 1 < GOOD[found.table][1]
