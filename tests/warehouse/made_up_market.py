"""Raw rows of a market that never was: every awkward case once, around the sessions up to Friday 2025-05-09.

The run is at 2025-05-12 06:00 UTC, before that Monday's session. Each function says what its rows are for.
"""

from datetime import date, datetime, timedelta

import duckdb

from tests.warehouse.made_up_etf_flows import load_made_up_etf_flows
from tests.warehouse.made_up_futures import load_made_up_futures
from tests.warehouse.made_up_indicators import load_made_up_indicators
from tests.warehouse.made_up_liquidations import load_made_up_liquidations
from tests.warehouse.raw_tables import MONDAY_MORNING, add_versions


def load_made_up_market(connection: duckdb.DuckDBPyConnection) -> None:
    """Fills the raw tables at once; they exist and are empty."""
    connection.begin()
    load_made_up_etf_flows(connection)
    _prices(connection)
    load_made_up_liquidations(connection)
    _market_caps(connection)
    load_made_up_futures(connection)
    _references(connection)
    load_made_up_indicators(connection)
    connection.commit()


def _kline(symbol: str, opened_at: datetime, close: str, unit: int = 1_000) -> dict[str, object]:
    open_time = int((opened_at - datetime(1970, 1, 1)).total_seconds()) * unit
    return {
        "symbol": symbol,
        "open_time": open_time,
        "open": "100",
        "high": "250",
        "low": "50",
        "close": close,
        "volume": "0",
        "quote_volume": "0",
    }


def _candle(product: str, day: date, close: str) -> dict[str, object]:
    return {
        "product_id": product,
        "time": (day - date(1970, 1, 1)).days * 86_400,
        "open": "100",
        "high": "250",
        "low": "50",
        "close": close,
        "volume": "1",
    }


def _prices(connection: duckdb.DuckDBPyConnection) -> None:
    """Binance lacks XRP on 3 May, Coinbase has it from then on; LTC was restated and restated back.

    SOL's 8 May came from OKX, then from Kraken, which fills 9 May without a trade, and last from Binance.
    """
    _late_venues(connection)
    first = datetime(2025, 5, 1)
    days = {0: "100", 1: "125", 3: "200", 4: "100"}
    bars = [_kline("XRPUSDT", first + timedelta(days=offset), close) for offset, close in days.items()]
    add_versions(connection, "binance_klines_1d", MONDAY_MORNING, bars)
    candles = [_candle("XRP-USD", date(2025, 5, day), close) for day, close in ((3, "160"), (4, "202"), (5, "101"))]
    # A close that the next day leaves again at once would be withheld.
    candles[1] |= {"open": "160"}
    add_versions(connection, "coinbase_candles_1d", MONDAY_MORNING, candles)
    for hour, close in enumerate(("100", "102", "100")):
        seen = datetime(2025, 5, 9, hour + 1)
        add_versions(connection, "binance_klines_1d", seen, [_kline("LTCUSDT", datetime(2025, 5, 8), close)])
    # The same figure seen again, an archive file's microseconds, and the bar of a day that is not over.
    repeated = [_kline("LTCUSDT", datetime(2025, 5, 8), "100")]
    add_versions(connection, "binance_klines_1d", MONDAY_MORNING, repeated)
    microseconds = _kline("LTCUSDT", datetime(2025, 5, 9), "150", unit=1_000_000)
    unfinished = _kline("LTCUSDT", datetime(2025, 5, 12), "999")
    add_versions(connection, "binance_klines_1d", MONDAY_MORNING, [microseconds, unfinished])
    # The archive has the same day at the same instant, and one that was not requested of the API.
    older = _kline("LTCUSDT", datetime(2025, 5, 7), "90", unit=1_000_000)
    add_versions(connection, "binance_archive_klines_1d", MONDAY_MORNING, [microseconds, older])
    # Hours of 9 May: the low of the day is in them, in two of them; the high is in none.
    hours = [_kline("LTCUSDT", datetime(2025, 5, 9, hour), "150") | {"high": "240"} for hour in (3, 7)]
    add_versions(connection, "binance_klines_1h", MONDAY_MORNING, hours)


def _late_venues(connection: duckdb.DuckDBPyConnection) -> None:
    opens = (date(2025, 5, 8) - date(1970, 1, 1)).days * 86_400
    bar = {"open": "100", "high": "250", "low": "50"}
    okx = {"inst_id": "SOL-USDT", "ts": opens * 1000, "o": "100", "h": "250", "l": "50", "c": "101"}
    add_versions(connection, "okx_candles_1d", datetime(2025, 5, 9, 1), [okx])
    kraken = {"pair": "SOLUSD", "time": opens, **bar, "close": "102", "trade_count": 7}
    filled = kraken | {"time": opens + 86_400, "close": "100", "trade_count": 0}
    add_versions(connection, "kraken_ohlc_1d", datetime(2025, 5, 9, 2), [kraken])
    add_versions(connection, "kraken_ohlc_1d", MONDAY_MORNING, [filled])
    bitstamp = {"pair": "solusd", "timestamp": opens, **bar, "close": "103"}
    add_versions(
        connection, "binance_klines_1d", datetime(2025, 5, 9, 3), [_kline("SOLUSDT", datetime(2025, 5, 8), "104")]
    )
    add_versions(connection, "bitstamp_ohlc_1d", datetime(2025, 5, 9, 4), [bitstamp])


def _market_caps(connection: duckdb.DuckDBPyConnection) -> None:
    """Of one midnight three snapshots: the nearest is known last but one, then comes one farther away."""
    snapshots = [
        (datetime(2025, 5, 9, 2), "2025-05-09T01:45:00.000Z", "900"),
        (datetime(2025, 5, 9, 3), "2025-05-09T00:05:00.000Z", "800"),
        (datetime(2025, 5, 9, 5), "2025-05-09T04:00:00.000Z", "700"),
    ]
    for observed_at, instant, ex_btc in snapshots:
        row = {"timestamp": instant, "total_market_cap": "1600", "altcoin_market_cap": ex_btc}
        dominance = str((1600 - int(ex_btc)) / 16)
        add_versions(connection, "coinmarketcap_global_metrics", observed_at, [row | {"btc_dominance": dominance}])
    midnight = {"timestamp": "2025-05-10T00:00:00.000Z", "total_market_cap": "1000", "altcoin_market_cap": "400"}
    add_versions(connection, "coinmarketcap_global_metrics", MONDAY_MORNING, [midnight | {"btc_dominance": "60"}])


def _references(connection: duckdb.DuckDBPyConnection) -> None:
    """Two aggregators beside LTC's 8 May, of which one reported it twice; an asset that has an estimated cap alone.

    CoinMarketCap's charts tell the midnights before 8 May and after 9 May, the second before a documented snapshot.
    """
    morning, noon = datetime(2025, 5, 9, 5), datetime(2025, 5, 9, 12)
    litecoin = {"asset": "ltc", "time": "2025-05-08T00:00:00.000000000Z"}
    caps = {"cap_mrkt_cur_usd": "8000.5", "cap_mrkt_est_usd": "8004.25", "sply_cur": "80"}
    add_versions(connection, "coinmetrics_asset_metrics_1d", morning, [litecoin | caps | {"price_usd": "80"}])
    restated = caps | {"cap_mrkt_cur_usd": "6400.5", "price_usd": "64"}
    add_versions(connection, "coinmetrics_asset_metrics_1d", noon, [litecoin | restated])
    solana = {"asset": "sol", "time": "2025-05-08T00:00:00.000000000Z", "cap_mrkt_est_usd": "500"}
    add_versions(connection, "coinmetrics_asset_metrics_1d", morning, [solana])
    midnight = (date(2025, 5, 9) - date(1970, 1, 1)).days * 86_400
    for seen, seconds_off, price in ((morning, 100, "101"), (noon, -50, "105"), (MONDAY_MORNING, 70, "102")):
        point = {"coin": "coingecko:litecoin", "timestamp": midnight + seconds_off, "price": price}
        add_versions(connection, "defillama_coins_chart_1d", seen, [point])
    bar = {"open": "1", "high": "1.1", "low": "0.9"}
    tether = {"product_id": "USDT-USD", "time": midnight - 86_400, **bar, "close": "1.02", "volume": "1"}
    add_versions(connection, "coinbase_quotes_candles_1d", morning, [tether])
    at_kraken = {"pair": "USDTUSD", "time": midnight - 86_400, **bar, "close": "1.00", "trade_count": 5}
    day_before = at_kraken | {"time": midnight - 2 * 86_400, "close": "0.98"}
    filled = at_kraken | {"time": midnight, "trade_count": 0}
    add_versions(connection, "kraken_quotes_ohlc_1d", morning, [at_kraken, day_before, filled])
    for opens, cap in ((midnight - 86_400, "1500"), (midnight + 86_400, "1700")):
        written = f"{datetime(1970, 1, 1) + timedelta(seconds=opens):%Y-%m-%dT%H:%M:%S}.000Z"
        charted = {"timestamp": written, "original_score": opens + 120, "total_market_cap": cap}
        shares = {"altcoin_market_cap": str(int(cap) // 2), "btc_dominance": "50", "eth_dominance": "0"}
        add_versions(connection, "coinmarketcap_web_global_metrics", datetime(2025, 5, 10, 1), [charted | shares])
