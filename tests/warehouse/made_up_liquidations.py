"""Raw rows of liquidations, as sums and as events, around 8 May 2025: every awkward case once."""

from datetime import date, datetime, timedelta

import duckdb

from tests.warehouse.raw_tables import MONDAY_MORNING, add_response, add_versions


def load_made_up_liquidations(connection: duckdb.DuckDBPyConnection) -> None:
    """Fills the raw tables; they exist and are empty."""
    _liquidations(connection)
    _hours_of_one_venue(connection)
    _contracts_of_a_coin(connection)
    _events(connection)
    _streamed_events(connection)
    _streams_of_new_venues(connection)


def _liquidations(connection: duckdb.DuckDBPyConnection) -> None:
    """One venue, two venues in any order, the named list of all; a day without any liquidation."""
    every_venue = "Binance,Bybit,OKX,HTX,Gate.io,Bitmex,Bitfinex,CoinEx,Hyperliquid"
    figures = [
        ("Binance", date(2025, 5, 8), "30", "10"),
        ("Binance", date(2025, 5, 9), "0", "0"),
        ("OKX, Binance", date(2025, 5, 8), "40", "20"),
        (every_venue, date(2025, 5, 8), "75", "25"),
    ]
    rows = [
        {
            "symbol": "XRP",
            "exchange_list": exchange_list,
            "time": (day - date(1970, 1, 1)).days * 86_400_000,
            "aggregated_long_liquidation_usd": longs,
            "aggregated_short_liquidation_usd": shorts,
        }
        for exchange_list, day, longs, shorts in figures
    ]
    add_versions(connection, "coinglass_liquidations_1d", MONDAY_MORNING - timedelta(hours=1), rows)
    turned_around = rows[2] | {"exchange_list": "Binance,OKX", "aggregated_long_liquidation_usd": "50"}
    add_versions(connection, "coinglass_liquidations_1d", MONDAY_MORNING, [turned_around])


def _hours_of_one_venue(connection: duckdb.DuckDBPyConnection) -> None:
    """Gate: a whole day in two responses, one of its hours restated, and a day that lacks an hour."""

    def hours(day: int, *numbers: int, longs: str = "2") -> list[dict[str, object]]:
        start = (date(2025, 5, day) - date(1970, 1, 1)).days * 86_400
        return [
            {
                "contract": "XRP_USDT",
                "time": start + number * 3_600,
                "long_liq_usd": "1000",
                "long_liq_usd_new": longs,
                "short_liq_usd": "1",
                "open_interest_usd": str(100 * day + number),
                "lsr_account": "1.5",
            }
            for number in numbers
        ]

    first = datetime(2025, 5, 9, 2)
    add_versions(connection, "gate_contract_stats_1h", first, hours(8, *range(12)))
    add_versions(connection, "gate_contract_stats_1h", first + timedelta(seconds=20), hours(8, *range(12, 24)))
    add_versions(connection, "gate_contract_stats_1h", MONDAY_MORNING, hours(8, 7, longs="12"))
    add_versions(connection, "gate_contract_stats_1h", MONDAY_MORNING, hours(9, *range(5), *range(6, 24)))


def _contracts_of_a_coin(connection: duckdb.DuckDBPyConnection) -> None:
    """Coinalyze: two contracts at Binance and one at HTX in two responses, and a late restatement of one of them."""
    first = datetime(2025, 5, 9, 2)
    codes = [{"code": code, "name": name} for code, name in (("A", "Binance"), ("4", "Huobi"), ("H", "Hyperliquid"))]
    add_versions(connection, "coinalyze_exchanges", first, codes)

    def point(endpoint: str, symbol: str, **figures: str) -> dict[str, object]:
        day = (date(2025, 5, 8) - date(1970, 1, 1)).days * 86_400
        return {"endpoint": endpoint, "symbol": symbol, "t": day, "base_asset": "XRP", **figures}

    def liquidations(symbol: str, longs: str) -> dict[str, object]:
        return point("liquidation-history", symbol, l=longs, s="1")

    known = [liquidations("XRPUSDT_PERP.A", "4"), liquidations("XRPUSD_PERP.A", "8")]
    add_versions(connection, "coinalyze_history_1d", first, known)
    later = [
        liquidations("XRPUSDT.4", "16"),
        point("open-interest-history", "XRPUSDT_PERP.A", o="1", h="1", l="1", c="300"),
        point("open-interest-history", "XRPUSDT.H", o="1", h="1", l="1", c="100"),
        point("funding-rate-history", "XRPUSDT_PERP.A", o="0", h="0", l="0", c="0.02"),
        point("funding-rate-history", "XRPUSDT.H", o="0", h="0", l="0", c="0.01"),
        point("long-short-ratio-history", "XRPUSDT_PERP.A", r="1.5", l="60", s="40"),
    ]
    add_versions(connection, "coinalyze_history_1d", first + timedelta(minutes=1), later)
    add_versions(connection, "coinalyze_history_1d", MONDAY_MORNING, [liquidations("XRPUSD_PERP.A", "10")])


def _events(connection: duckdb.DuckDBPyConnection) -> None:
    """Events of 8 May: OKX names the order, Bitfinex the position; a day with a hole, and one without events."""
    first, second = datetime(2025, 5, 9, 2), MONDAY_MORNING
    midnight = datetime(2025, 5, 8)
    day_ms = (midnight.date() - date(1970, 1, 1)).days * 86_400_000
    swap = {"inst_id": "XRP-USDT-SWAP", "ct_val": "100", "ct_mult": "1", "ct_val_ccy": "XRP", "ct_type": "linear"}
    add_versions(connection, "okx_futures_instruments", first, [swap])

    def okx(hour: int, side: str, occurrence: int = 1) -> dict[str, object]:
        order = {"inst_id": "XRP-USDT-SWAP", "ts": day_ms + hour * 3_600_000, "side": side, "pos_side": ""}
        return {**order, "bk_px": "2", "sz": "3", "occurrence": occurrence}

    events = [okx(1, "sell"), okx(1, "sell", 2), okx(5, "buy"), okx(30, "buy")]
    add_versions(connection, "okx_futures_liquidation_orders", first, events)
    # The stream has the first of them, one that the REST response lacks, and one of another coin.
    streamed = [
        {"symbol": symbol, "event_time": at, "pushed_at": at, "side": side, "quantity": size, "price": "2"}
        for symbol, at, side, size in (
            ("XRP-USDT-SWAP", day_ms + 3_600_000, "sell", "3"),
            ("XRP-USDT-SWAP", day_ms + 6 * 3_600_000, "buy", "1"),
            ("PEPE-USDT-SWAP", day_ms, "buy", "1"),
        )
    ]
    events = [event | {"average_price": "2", "occurrence": 1} for event in streamed]
    add_versions(connection, "okx_stream_liquidations", midnight + timedelta(hours=7), events)
    # Two responses cover 8 May; 9 May has a hole from 10:00 to 11:00.
    hour = timedelta(hours=1)
    for start, end in ((-2, 12), (12, 34), (35, 60)):
        requested = (midnight + start * hour, midnight + end * hour)
        at = max(first, requested[1]) + timedelta(seconds=5)
        add_response(connection, "okx_futures liquidation_orders", "XRP", requested, at)
    executed = {"pos_id": 1, "mts": day_ms + 7_200_000, "base_price": "9", "is_match": 1}
    bitfinex = [
        executed | {"symbol": "tXRPF0:USTF0", "amount": "10", "price_acquired": "2"},
        executed | {"symbol": "tXRPF0:USTF0", "amount": "10", "price_acquired": None, "is_match": 0},
        executed | {"symbol": "tXRPF0:USTF0", "amount": "-4", "price_acquired": "2.5", "pos_id": 2},
        executed | {"symbol": "tXRPUSD", "amount": "1000", "price_acquired": "2", "pos_id": 3},
    ]
    add_versions(connection, "bitfinex_liquidations", first, bitfinex)
    late = executed | {"symbol": "tXRPF0:USTF0", "amount": "1", "price_acquired": "3", "pos_id": 4}
    add_versions(connection, "bitfinex_liquidations", second, [late])
    # 9 May at HTX: its morning was fetched only on Monday; the response of 8 May has an unreadable record.
    for start, end, at in ((24, 36, second), (36, 48, midnight + 49 * hour), (0, 24, midnight + 25 * hour)):
        add_response(connection, "htx liquidation_orders", "XRP", (midnight + start * hour, midnight + end * hour), at)
    connection.execute(
        "insert into raw.rejected_records select source, dataset, response_id, fetched_at, '{}', 'unreadable', false "
        "from raw.responses where source = 'htx' and fetched_at = ?",
        [midnight + 25 * hour],
    )
    # An unknown field is reported and does not reduce what the response covers.
    connection.execute(
        "insert into raw.rejected_records select source, dataset, response_id, fetched_at, 'x', 'unknown', true "
        "from raw.responses where source = 'okx_futures' and dataset = 'liquidation_orders'"
    )
    add_response(connection, "bitfinex liquidations", "ALL", (midnight, midnight + 48 * hour), midnight + 50 * hour)


def _streamed_events(connection: duckdb.DuckDBPyConnection) -> None:
    """DOGE on 7 May from streams: the whole day at Bybit, one hour at Binance."""
    midnight, hour = datetime(2025, 5, 7), timedelta(hours=1)
    day_ms = (midnight.date() - date(1970, 1, 1)).days * 86_400_000
    streamed = {"symbol": "DOGEUSDT", "event_time": day_ms + 5, "pushed_at": day_ms + 45, "quantity": "100"}
    for venue, side, price, average in (("bybit", "buy", "0.2", "0.2"), ("binance", "sell", "0.19", "0.21")):
        event = {**streamed, "side": side, "price": price, "average_price": average, "occurrence": 1}
        add_versions(connection, f"{venue}_stream_liquidations", midnight + hour, [event])
        for number in range(24 if venue == "bybit" else 1):
            window = (midnight + number * hour, midnight + (number + 1) * hour)
            add_response(connection, f"{venue}_stream liquidations", "ALL", window, window[1])


def _streams_of_new_venues(connection: duckdb.DuckDBPyConnection) -> None:
    """7 May at Aster, Bitget, dYdX and Lighter: contracts of 1000 coins, an amount in dollars, and a lost hour.

    Every event is worth 250 dollars, and a long. dYdX's day has a hole at noon; Lighter's has a second event that
    arrived in the hour after midnight.
    """
    midnight, hour = datetime(2025, 5, 7), timedelta(hours=1)
    day_ms = (midnight.date() - date(1970, 1, 1)).days * 86_400_000

    def event(symbol: str, side: str, quantity: str, price: str, after_ms: int = 5) -> dict[str, object]:
        at = {"symbol": symbol, "event_time": day_ms + after_ms, "pushed_at": day_ms + after_ms, "occurrence": 1}
        return at | {"side": side, "quantity": quantity, "price": price, "average_price": price}

    sent = {
        "aster": event("1000PEPEUSDT", "sell", "20000", "0.0125"),
        "bitget": event("LINKUSDT", "buy", "250", "100"),
        "dydx": event("LINK-USD", "sell", "2.5", "100"),
        "lighter": event("17", "sell", "20000", "0.0125"),
        "binance": event("1000SHIBUSDT", "sell", "20000", "0.0125"),
        "bybit": event("1000PEPEUSDT", "buy", "20000", "0.0125"),
    }
    for venue, one in sent.items():
        add_versions(connection, f"{venue}_stream_liquidations", midnight + hour, [one])
    late = event("17", "buy", "20000", "0.0125", after_ms=86_399_990)
    add_versions(connection, "lighter_stream_liquidations", midnight + 25 * hour, [late])
    for venue in ("aster", "bitget", "dydx", "lighter"):
        for number in range(25):
            if (venue, number) != ("dydx", 12):
                window = (midnight + number * hour, midnight + (number + 1) * hour)
                add_response(connection, f"{venue}_stream liquidations", "ALL", window, window[1])
