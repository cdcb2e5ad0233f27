"""Raw rows of stablecoins and other indicators that never were: restated figures, and days that are not over."""

from datetime import date, datetime

import duckdb

from tests.warehouse.raw_tables import MONDAY_MORNING, add_versions

FIRST, AGAIN = datetime(2025, 5, 8, 6), datetime(2025, 5, 9, 6)
"""Before and after the night at which as-of tables are replayed."""


def load_made_up_indicators(connection: duckdb.DuckDBPyConnection) -> None:
    """Fills the raw tables of the indicators; they exist and are empty."""
    _stablecoins(connection)
    _exchange_flows(connection)
    _moods(connection)
    _positions(connection)
    _perpetuals(connection)
    _market_liquidations(connection)
    _records_of_all_times(connection)
    _shares_of_the_market(connection)


def seconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400


def _stablecoins(connection: duckdb.DuckDBPyConnection) -> None:
    """The total of 7 May was restated; one coin and one chain; the day of the run is not over."""
    seventh, eighth, today = date(2025, 5, 7), date(2025, 5, 8), date(2025, 5, 12)
    points = [
        (FIRST, "all", seventh, "200"),
        (FIRST, "coin:USDT", seventh, "150"),
        (AGAIN, "all", seventh, "204"),
        (AGAIN, "chain:Tron", eighth, "70"),
        (MONDAY_MORNING, "all", today, "999"),
    ]
    for seen, series, day, supply in points:
        row = {"series": series, "date": seconds(day), "total_circulating": supply, "total_circulating_usd": supply}
        add_versions(connection, "defillama_stablecoins_supply_1d", seen, [row])


def _exchange_flows(connection: duckdb.DuckDBPyConnection) -> None:
    """Bitcoin's 7 May was restated when more addresses were known; Ether has no value in dollars."""
    table, day = "coinmetrics_exchange_flows_1d", {"time": "2025-05-07T00:00:00.000000000Z"}
    bitcoin = {"asset": "btc"} | day
    first = {"flow_in_ex_ntv": "10", "flow_out_ex_ntv": "16", "flow_in_ex_usd": "1000", "flow_out_ex_usd": "1600"}
    again = {"flow_in_ex_ntv": "12", "flow_out_ex_ntv": "16", "flow_in_ex_usd": "1200", "flow_out_ex_usd": "1600"}
    ether = {"asset": "eth", "flow_in_ex_ntv": "5", "flow_out_ex_ntv": "4.5"} | day
    add_versions(connection, table, FIRST, [bitcoin | first])
    add_versions(connection, table, AGAIN, [bitcoin | again, ether])


def _moods(connection: duckdb.DuckDBPyConnection) -> None:
    """Two closed days and the running one of the fear and greed index, and a bar of implied volatility."""
    moods = ((date(2025, 5, 7), 67, "Greed"), (date(2025, 5, 8), 65, "Greed"), (date(2025, 5, 12), 70, "Greed"))
    for seen, (day, value, name) in zip((FIRST, AGAIN, MONDAY_MORNING), moods, strict=True):
        row = {"timestamp": seconds(day), "value": value, "value_classification": name}
        add_versions(connection, "alternative_fear_greed_1d", seen, [row])
    other = {"timestamp": seconds(date(2025, 5, 7)), "value": 58, "value_classification": "Neutral"}
    add_versions(connection, "coinmarketcap_sentiment_fear_greed_1d", FIRST, [other])
    bar = {"open": "50", "high": "60", "low": "45", "close": "48"}
    for seen, day in ((FIRST, date(2025, 5, 7)), (MONDAY_MORNING, date(2025, 5, 12))):
        row = {"currency": "BTC", "timestamp": seconds(day) * 1000} | bar
        add_versions(connection, "deribit_volatility_index_1d", seen, [row])


def _positions(connection: duckdb.DuckDBPyConnection) -> None:
    """Tuesday 29 April, published on 2 May; Tuesday 6 May, published after the night of the replay."""
    counts = {"open_interest_all": 100, "dealer_long": 5, "dealer_short": 8, "asset_mgr_long": 40}
    counts |= {"asset_mgr_short": 10, "lev_money_long": 20, "lev_money_short": 60}
    for seen, day in ((FIRST, date(2025, 4, 29)), (datetime(2025, 5, 9, 21), date(2025, 5, 6))):
        add_versions(connection, "cftc_futures_positions", seen, [{"contract": "133741", "report_date": day} | counts])


def _perpetuals(connection: duckdb.DuckDBPyConnection) -> None:
    """Bars of 8 May at three venues, and the 24 rates settled for that day at one, after one of the day before."""
    bar = {"open": "100", "high": "400", "low": "50", "close": "100", "volume": "3", "trade_count": 2}
    opened, seen = seconds(date(2025, 5, 8)) * 1000, datetime(2025, 5, 9, 3)
    add_versions(connection, "hyperliquid_candles_1d", seen, [{"coin": "LTC", "opened": opened} | bar])
    del bar["trade_count"]
    thousand = {"symbol": "1000PEPEUSDT", "open_time": opened, "close_time": opened + 86_399_999}
    add_versions(connection, "binance_futures_klines_1d", seen, [thousand | bar])
    add_versions(
        connection, "bybit_klines_1d", seen, [{"symbol": "LTCUSDT", "start_time": opened} | bar | {"high": 410}]
    )
    stamps = [opened + hour * 3_600_000 + 12 for hour in range(25)]
    rates = [{"coin": "LTC", "time": stamp, "funding_rate": "0.00001"} for stamp in stamps]
    add_versions(connection, "hyperliquid_funding_history", seen, rates)


def _market_liquidations(connection: duckdb.DuckDBPyConnection) -> None:
    """Two snapshots of one morning, of which the first is the day's, and one of an afternoon."""
    for hour, longs in ((1, "100"), (3, "500"), (15, "900")):
        for venue, share in (("okx", "10"), ("binance", longs)):
            sides = {"long_liquidations_24h": share, "short_liquidations_24h": "20"}
            figures = sides | {"total_liquidations_24h": str(int(share) + 20)}
            row = {"timestamp": f"2025-05-08T{hour:02}:00:00.000Z", "exchange": venue} | figures
            seen = datetime(2025, 5, 8, hour, 1)
            add_versions(connection, "coinmarketcap_liquidations_venues_24h", seen, [row])


def _records_of_all_times(connection: duckdb.DuckDBPyConnection) -> None:
    """Litecoin's record was replaced after the night of the replay; of a coin that nobody knows there is one, too."""
    listed = (
        (FIRST, "litecoin", "410.26", "2021-05-10T03:13:07.904Z"),
        (AGAIN, "litecoin", "500.5", "2025-05-08T23:10:00.000Z"),
        (FIRST, "nobodys-coin", "1", "2025-05-01T00:00:00.000Z"),
    )
    for seen, coin, high, reached in listed:
        add_versions(connection, "coingecko_all_time_highs", seen, [{"id": coin, "ath": high, "ath_date": reached}])


def _shares_of_the_market(connection: duckdb.DuckDBPyConnection) -> None:
    """Bitcoin's share on 7 May, restated the night after; of Ether's, which no series names, there is none."""
    for seen, symbol, close in ((FIRST, "BTC.D", "64.5"), (AGAIN, "BTC.D", "64.25"), (FIRST, "ETH.D", "7.5")):
        bar = {"open": "64", "high": "65.125", "low": "63.5", "close": close}
        row = {"symbol": f"CRYPTOCAP:{symbol}", "time": "2025-05-07"} | bar
        add_versions(connection, "tradingview_bars_1d", seen, [row])
