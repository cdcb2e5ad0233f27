"""Figures that are possible and not plausible: kept out of every table, named, and back when they are corrected."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from data_checks.validation import validate
from tests.warehouse.conftest import NOW, Warehouse, build_warehouse
from tests.warehouse.raw_tables import add_nyse_sessions, add_versions

FIRST, WRONG, HEALED = datetime(2025, 5, 10, 6), datetime(2025, 5, 11, 6), NOW
"""Three runs: good figures, some of them wrong, and some of these corrected."""
START = date(2025, 4, 20)
DAYS = 20


def _seconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400


def _bars(symbol: str, factor: float = 1.0) -> Iterable[dict[str, object]]:
    """Binance's bars of DAYS days around 100, scaled."""
    for number in range(DAYS):
        yield {
            "symbol": symbol,
            "open_time": _seconds(START + timedelta(days=number)) * 1000,
            **{"open": f"{100 * factor:.2f}", "high": f"{102 * factor:.2f}", "low": f"{99 * factor:.2f}"},
            **{"close": f"{100 * factor:.2f}", "volume": "1", "quote_volume": f"{100 * factor:.2f}"},
        }


def _hours(symbol: str, day: date, factor: float = 1.0) -> Iterable[dict[str, object]]:
    for hour in range(24):
        yield {
            "symbol": symbol,
            "open_time": (_seconds(day) + hour * 3600) * 1000,
            **{"open": f"{100 * factor:.2f}", "high": f"{102 * factor:.2f}", "low": f"{99 * factor:.2f}"},
            **{"close": f"{100 * factor:.2f}", "volume": "1", "quote_volume": f"{100 * factor:.2f}"},
        }


def _liquidations(symbol: str, day: date, longs: int) -> dict[str, object]:
    return {
        "symbol": symbol,
        "exchange_list": "Binance",
        "time": _seconds(day) * 1000,
        "aggregated_long_liquidation_usd": str(longs),
        "aggregated_short_liquidation_usd": "1000000",
    }


def _snapshot(day: date, total: int) -> dict[str, object]:
    return {
        "timestamp": f"{day + timedelta(days=1)}T00:05:00.000Z",
        "total_market_cap": str(total),
        "altcoin_market_cap": str(total * 4 // 10),
        "btc_dominance": "60",
    }


def _fill(connection: duckdb.DuckDBPyConnection) -> None:
    add_nyse_sessions(connection, date(2025, 1, 2), date(2025, 12, 31))
    last = START + timedelta(days=DAYS - 1)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        add_versions(connection, "binance_klines_1d", FIRST, _bars(symbol))
        add_versions(connection, "binance_klines_1d", WRONG, _bars(symbol, 1.05))
        add_versions(connection, "binance_klines_1h", FIRST, _hours(symbol, last))
        add_versions(connection, "binance_klines_1h", WRONG, _hours(symbol, last, 1.005))
    add_versions(connection, "binance_klines_1d", HEALED, _bars("ETHUSDT"))
    for number in range(DAYS):
        day = START + timedelta(days=number)
        bar = {"time": _seconds(day), "open": "100.1", "high": "102", "low": "99", "close": "100.1"}
        for pair, product in (("XBTUSD", "BTC-USD"), ("ETHUSD", "ETH-USD")):
            add_versions(connection, "kraken_ohlc_1d", FIRST, [bar | {"pair": pair, "trade_count": 7}])
            add_versions(connection, "coinbase_candles_1d", FIRST, [bar | {"product_id": product, "volume": "1"}])
        if day < last:
            sums = [_liquidations(symbol, day, 3_000_000) for symbol in ("BTC", "ETH")]
            add_versions(connection, "coinglass_liquidations_1d", FIRST, sums)
            add_versions(connection, "coinmarketcap_global_metrics", FIRST, [_snapshot(day, 3_000_000_000)])
    wrong = [_liquidations(symbol, last, 4_000_000_000) for symbol in ("BTC", "ETH")]
    add_versions(connection, "coinglass_liquidations_1d", WRONG, wrong)
    add_versions(connection, "coinglass_liquidations_1d", HEALED, [_liquidations("ETH", last, 4_000_000)])
    add_versions(connection, "coinmarketcap_global_metrics", WRONG, [_snapshot(last, 3_000_000)])
    # A rate in percent among fractions.
    midnight = _seconds(last) * 1000
    for hour, rate in ((0, "0.0001"), (8, "0.0001"), (16, "0.0001"), (24, "6")):
        settled = {"symbol": "BTCUSDT", "funding_time": midnight + hour * 3_600_000, "funding_rate": rate}
        add_versions(connection, "binance_futures_funding_rate", WRONG, [settled])
    for hour in (0, 8, 16, 24):
        settled = {"symbol": "ETHUSDT", "funding_time": midnight + hour * 3_600_000, "funding_rate": "0.0001"}
        add_versions(connection, "binance_futures_funding_rate", WRONG, [settled])


@pytest.fixture(scope="module")
def contradicted(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Binance scaled by 1.05 and corrected for ETH alone, a sum in thousands, a snapshot in thousands, a percentage."""
    return build_warehouse(tmp_path_factory.mktemp("contradicted"), _fill)


def test_the_version_before_a_wrong_one_stands_until_it_is_corrected(contradicted: Warehouse) -> None:
    assert contradicted.rows(
        "select asset, source, min(close_usd)::int, max(close_usd)::int, max(venue_count) "
        "from marts.fct_daily_prices group by all order by all"
    ) == [("BTC", "binance", 100, 100, 3), ("ETH", "binance", 100, 100, 3)]
    assert contradicted.rows(
        "select asset, observed_at, count(*) from marts.fct_price_versions where venue = 'binance' "
        "group by all order by all"
    ) == [("BTC", FIRST, DAYS), ("ETH", FIRST, DAYS)]
    assert contradicted.row("select max(high_usd)::int, count(*) from marts.fct_hourly_prices") == (102, 48)


def test_what_was_withheld_is_no_revision_and_was_never_known(contradicted: Warehouse) -> None:
    assert contradicted.row("select count(*) from marts.fct_revisions where metric = 'price_usd'") == (0,)
    assert contradicted.row(
        f"select max(close_usd)::int, count(*) from daily_prices_as_of(timestamp '{WRONG}') where asset = 'BTC'"
    ) == (100, DAYS)


def test_withheld_figures_are_named_with_source_day_response_and_reason(contradicted: Warehouse) -> None:
    assert contradicted.rows(
        "select table_name, asset, source, count(*), min(observed_at) from marts.rpt_withheld_figures "
        "group by all order by all"
    ) == [
        ("fct_derivative_versions", "BTC", "binance_futures", 1, WRONG),
        ("fct_hourly_prices", "BTC", "binance", 24, WRONG),
        ("fct_hourly_prices", "ETH", "binance", 24, WRONG),
        ("fct_liquidation_versions", "BTC", "coinglass", 1, WRONG),
        ("fct_liquidation_versions", "ETH", "coinglass", 1, WRONG),
        ("fct_market_cap_versions", "ALL", "coinmarketcap", 1, WRONG),
        ("fct_price_versions", "BTC", "binance", DAYS, WRONG),
        ("fct_price_versions", "ETH", "binance", DAYS, WRONG),
    ]
    (day, value, reason, response) = contradicted.row(
        "select trade_date, value, reason, response_id from marts.rpt_withheld_figures "
        "where asset = 'BTC' and table_name = 'fct_price_versions' order by trade_date desc limit 1"
    )
    assert (day, value, response) == (START + timedelta(days=DAYS - 1), 105.0, "made-up")
    assert reason.startswith("closed +4.9 % from the median of 3 sources, 100.1 USD; 3.0 % is the limit")


def test_only_the_wrong_day_is_missing_and_the_corrected_one_is_there(contradicted: Warehouse) -> None:
    assert contradicted.rows(
        "select asset, count(*), max(total_usd)::bigint from marts.fct_daily_liquidations group by all order by all"
    ) == [("BTC", DAYS - 1, 4_000_000), ("ETH", DAYS, 5_000_000)]
    assert contradicted.row("select count(*), min(total_usd)::bigint from marts.fct_daily_market_caps") == (
        DAYS - 1,
        3_000_000_000,
    )
    assert contradicted.rows("select asset from marts.fct_daily_derivatives") == [("ETH",)]


def test_checks_name_what_was_withheld_and_block_nothing(contradicted: Warehouse, tmp_path: Path) -> None:
    report = validate(contradicted.release_file, NOW)
    assert [(result.name, result.examples, result.error) for result in report.blocking] == []
    withheld = {result.name: result for result in report.warnings if result.table == "rpt_withheld_figures"}
    assert set(withheld) == {
        "no_price_was_withheld",
        "no_liquidation_sum_was_withheld",
        "no_derivative_figure_was_withheld",
        "no_market_cap_was_withheld",
    }
    (row, *_) = withheld["no_liquidation_sum_was_withheld"].examples
    assert (row["source"], row["response_id"]) == ("coinglass", "made-up")
    assert "warehouse reparse" in withheld["no_price_was_withheld"].next_step
