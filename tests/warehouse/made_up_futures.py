"""Raw rows of perpetuals that venues report themselves: every awkward case once, around 8 May 2025."""

from datetime import datetime, timedelta

import duckdb

from tests.warehouse.raw_tables import add_response, add_versions

SEEN = datetime(2025, 5, 12, 4)
HOUR = timedelta(hours=1)
MAY_8 = datetime(2025, 5, 8)
"""The day that is whole everywhere."""


def load_made_up_futures(connection: duckdb.DuckDBPyConnection) -> None:
    """Fills the raw tables; they exist and are empty."""
    _binance(connection)
    _binance_archive(connection)
    _bybit(connection)
    _okx(connection)
    _coin_margined_events(connection)


def _ms(at: datetime, late: int = 0) -> int:
    return int((at - datetime(1970, 1, 1)) / timedelta(milliseconds=1)) + late


def _binance(connection: duckdb.DuckDBPyConnection) -> None:
    """ADA, three rates a day, stamped a little late; 9 May lacks its last one. Levels of hours, midnight among them."""
    rates = [("0.9", 0), ("0.0001", 8), ("-0.0004", 16), ("0.0006", 24), ("0.5", 32), ("0.5", 40)]
    rows = [
        {"symbol": "ADAUSDT", "funding_time": _ms(MAY_8 + hours * HOUR, late=hours), "funding_rate": rate}
        for rate, hours in rates
    ]
    add_versions(connection, "binance_futures_funding_rate", SEEN, rows)
    for hours, usd, ratio in ((23, "1", "9"), (24, "300", "1.25"), (25, "2", "9")):
        stamped = {"symbol": "ADAUSDT", "timestamp": _ms(MAY_8 + hours * HOUR)}
        level = stamped | {"sum_open_interest": "1", "sum_open_interest_value": usd}
        add_versions(connection, "binance_futures_open_interest_1h", SEEN, [level])
        add_versions(connection, "binance_futures_account_ratio_1h", SEEN, [stamped | {"long_short_ratio": ratio}])


def _binance_archive(connection: duckdb.DuckDBPyConnection) -> None:
    """7 May ends at 23:55 and has rates, 8 May has none, 6 May breaks off at noon, 4 May ends in a line without a
    figure and 3 May has none in its last hour; lines are unsorted."""
    lines = [
        (datetime(2025, 5, 3, 22), "70", "3"),
        (datetime(2025, 5, 3, 23, 55), "0", "3"),
        (datetime(2025, 5, 4, 23, 50), "80", "3"),
        (datetime(2025, 5, 5), "0", "4"),
        (datetime(2025, 5, 7, 23, 55), "200", "2"),
        (datetime(2025, 5, 7, 23, 50), "199", "2"),
        (datetime(2025, 5, 6, 12), "100", "2"),
        (datetime(2025, 5, 9), "299", None),
    ]
    metrics = [
        {
            "symbol": "ADAUSDT",
            "file_date": (at - timedelta(minutes=1)).date(),
            "create_time": at,
            "sum_open_interest_value": usd,
            "count_long_short_ratio": ratio,
        }
        for at, usd, ratio in lines
    ]
    add_versions(connection, "binance_archive_futures_metrics", SEEN, metrics)
    rates = [
        {"symbol": "ADAUSDT", "calc_time": _ms(at, late=3), "funding_interval_hours": 8, "last_funding_rate": "0.0003"}
        for at in (datetime(2025, 5, 7, 8), datetime(2025, 5, 7, 16), MAY_8)
    ]
    add_versions(connection, "binance_archive_futures_funding_rate", SEEN, rates)


def _bybit(connection: duckdb.DuckDBPyConnection) -> None:
    """DOGE, six rates a day, one of them missing on 9 May; both sides with and without the single count."""
    rates = [
        {"symbol": "DOGEUSDT", "funding_rate_timestamp": _ms(MAY_8 + hours * HOUR), "funding_rate": "0.0001"}
        for hours in range(0, 52, 4)
        if hours != 36
    ]
    add_versions(connection, "bybit_funding_history", SEEN, rates)
    for day, both, single in ((1, "1000", None), (2, "3000", "1500")):
        stamped = {"symbol": "DOGEUSDT", "timestamp": _ms(MAY_8 + day * 24 * HOUR)}
        level = stamped | {"open_interest": both, "single_open_interest": single}
        add_versions(connection, "bybit_open_interest_1d", SEEN, [level])
        add_versions(connection, "bybit_account_ratio_1d", SEEN, [stamped | {"buy_ratio": "0.6", "sell_ratio": "0.4"}])
    bar = {"symbol": "DOGEUSDT", "open": "1", "high": "4", "low": "1"}
    bars = [bar | {"start_time": _ms(MAY_8 + day * 24 * HOUR), "close": close} for day, close in ((0, "2"), (1, "3"))]
    # Valued when both the coins and their price are known.
    add_versions(connection, "bybit_mark_prices_1d", SEEN + HOUR, bars)


def _okx(connection: duckdb.DuckDBPyConnection) -> None:
    """AVAX, a rate every hour, of which the realised one counts; a day that was reported twice."""
    rates = [
        {
            "inst_id": "AVAX-USDT-SWAP",
            "funding_time": _ms(MAY_8 + hours * HOUR),
            "funding_rate": "0.9",
            "realized_rate": "0.0001",
        }
        for hours in range(25)
    ]
    add_versions(connection, "okx_futures_funding_history", SEEN, rates)
    day = {"inst_id": "AVAX-USDT-SWAP", "ts": _ms(MAY_8), "oi": "1", "oi_ccy": "1"}
    add_versions(connection, "okx_futures_open_interest_1d", SEEN, [day | {"oi_usd": "700"}])
    add_versions(connection, "okx_futures_open_interest_1d", SEEN + 2 * HOUR, [day | {"oi_usd": "701"}])


def _coin_margined_events(connection: duckdb.DuckDBPyConnection) -> None:
    """Contracts of 100 dollars for Bitcoin and of 10 for others; a sell order closes a long."""
    day = datetime(2024, 10, 1)
    event = {
        "time": _ms(day, late=869_082), "order_type": "LIMIT", "time_in_force": "IOC", "original_quantity": "7",
        "price": "63661.4", "average_price": "63425.1", "order_status": "FILLED", "last_fill_quantity": "2",
        "accumulated_fill_quantity": "7",
    }  # fmt: skip
    events = [{"symbol": "BTCUSD_PERP", "side": "BUY"} | event, {"symbol": "ETHUSD_PERP", "side": "SELL"} | event]
    add_versions(connection, "binance_archive_coinm_liquidation_snapshot", SEEN, events)
    for asset in ("BTC", "ETH"):
        whole = (day, day + 24 * HOUR)
        add_response(connection, "binance_archive_coinm liquidation_snapshot", asset, whole, SEEN)


def load_many_contracts(connection: duckdb.DuckDBPyConnection) -> None:
    """Coinalyze: 60 contracts of two coins over 700 days, with rates and shares whose sums are no whole numbers."""
    connection.execute("insert into raw.coinalyze_exchanges values ('A', 'Binance', ?, 'made-up')", [SEEN])
    connection.execute(
        "insert into raw.coinalyze_history_1d by name "
        "select endpoint, coin || number || '_PERP.A' as symbol, coin as base_asset, "
        "epoch(date '2025-05-08' - cast(days_ago as integer))::bigint as t, "
        "case endpoint when 'open-interest-history' then 1000 + hash(number, days_ago) % 100000000 "
        "else (hash(days_ago, number, coin) % 9000) / 1e5 end as c, "
        "case endpoint when 'long-short-ratio-history' then 30 + hash(number) % 4000 / 100 end as l, "
        "? as observed_at, 'made-up' as response_id "
        "from (values ('open-interest-history'), ('funding-rate-history'), ('long-short-ratio-history')) "
        "as endpoints (endpoint) cross join (values ('BTC'), ('ETH')) as coins (coin) "
        "cross join range(60) as contracts (number) cross join range(700) as days (days_ago)",
        [SEEN],
    )
