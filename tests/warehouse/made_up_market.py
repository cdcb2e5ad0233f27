"""Raw rows of a market that never was: every awkward case once, around the sessions up to Friday 2025-05-09.

The run is at 2025-05-12 06:00 UTC, before that Monday's session. Each function says what its rows are for.
"""

from datetime import date, datetime, timedelta

import duckdb

from tests.warehouse.made_up_futures import load_made_up_futures
from tests.warehouse.raw_tables import add_answer, add_nyse_sessions, add_versions

MONDAY_MORNING = datetime(2025, 5, 12, 6)
SESSIONS = [date(2025, 4, 28) + timedelta(days=offset) for offset in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]
"""The ten sessions from 2025-04-28 to 2025-05-09."""


def load_made_up_market(connection: duckdb.DuckDBPyConnection) -> None:
    """Fills the raw tables; they exist and are empty."""
    add_nyse_sessions(connection, date(2024, 1, 2), date(2025, 12, 31))
    _etf_flows(connection)
    _etf_totals(connection)
    _other_etf_sources(connection)
    _prices(connection)
    _liquidations(connection)
    _hours_of_one_venue(connection)
    _contracts_of_a_coin(connection)
    _events(connection)
    _heard_events(connection)
    _market_caps(connection)
    load_made_up_futures(connection)
    _references(connection)


def _cells(day: date, cells: dict[str, str], asset: str = "BTC") -> list[dict[str, object]]:
    return [{"asset": asset, "date": day, "ticker": ticker, "cell": cell} for ticker, cell in cells.items()]


def _etf_flows(connection: duckdb.DuckDBPyConnection) -> None:
    """Farside: dashes of every meaning, a real zero, a large outflow, a holiday row, a restated and a late figure."""
    plain = {"IBIT": "10.0", "FBTC": "5.0", "GBTC": "(2.5)", "MSBT": "-", "Total": "12.5"}
    for day in SESSIONS:
        cells = dict(plain)
        if day == date(2025, 5, 2):
            # Four later sessions have figures: this dash stays for ever, and the day is complete without it.
            cells |= {"FBTC": "-", "Total": "7.5"}
        if day == date(2025, 5, 7):
            continue
        if day == date(2025, 5, 8):
            cells |= {"IBIT": "0.0", "GBTC": "(1,113.7)", "Total": "(1,108.7)"}
        if day == date(2025, 5, 9):
            # The largest fund is the last to report.
            cells |= {"IBIT": "-", "Total": "2.5"}
        add_versions(connection, "farside_flows", MONDAY_MORNING, _cells(day, cells))
    # 7 May as it filled in: first without IBIT, then with it, then restated.
    evening, night, later = datetime(2025, 5, 8, 0), datetime(2025, 5, 8, 5), datetime(2025, 5, 9, 5)
    day = date(2025, 5, 7)
    add_versions(connection, "farside_flows", evening, _cells(day, plain | {"IBIT": "-", "Total": "2.5"}))
    add_versions(connection, "farside_flows", night, _cells(day, {"IBIT": "30.0", "Total": "32.5"}))
    add_versions(connection, "farside_flows", later, _cells(day, {"IBIT": "40.0", "Total": "42.5"}))
    # Rows that are no facts: a Sunday, and Monday's row before the session.
    nothing = dict.fromkeys(plain, "-") | {"Total": "0.0"}
    for no_session in (date(2025, 5, 11), date(2025, 5, 12)):
        add_versions(connection, "farside_flows", MONDAY_MORNING, _cells(no_session, nothing))
    # A Saturday filled with zeros, and the last session of an asset all of whose funds are still to report.
    add_versions(connection, "farside_flows", MONDAY_MORNING, _cells(date(2025, 5, 10), dict.fromkeys(plain, "0.0")))
    dashes = {"BSOL": "-", "GSOL": "-", "Total": "0.0"}
    add_versions(connection, "farside_flows", MONDAY_MORNING, _cells(SESSIONS[-1], dashes, asset="SOL"))
    # A fund nobody has described, and one under its former ticker.
    add_versions(connection, "farside_flows", MONDAY_MORNING, _cells(SESSIONS[-1], {"NEWF": "-"}))
    ether = {"ETHA": "1.0", "CETH": "2.0*", "Total": "3.0"}
    seeds = {"Seed ETHA": "10.6", "Seed CETH": "2.3", "Seed ETHE": "9,199*", "Seed NEWF": "-", "Seed Total": "9,211.9"}
    add_versions(connection, "farside_flows", MONDAY_MORNING, _cells(SESSIONS[-2], seeds, asset="ETH"))
    # A seed that was rounded at first.
    add_versions(connection, "farside_flows", evening, _cells(SESSIONS[-2], {"Seed ETHA": "10.0"}, asset="ETH"))
    add_versions(connection, "farside_flows", MONDAY_MORNING, _cells(SESSIONS[-2], ether, asset="ETH"))
    pending_ether = {"ETHA": "-", "CETH": "2.0", "Total": "2.0"}
    add_versions(connection, "farside_flows", MONDAY_MORNING, _cells(SESSIONS[-1], pending_ether, asset="ETH"))


def _etf_totals(connection: duckdb.DuckDBPyConnection) -> None:
    """DefiLlama: Bitcoin's last two sessions, one of them before the history of funds; a coin nobody follows."""
    totals = {date(2025, 5, 8): -1_108_700_000, date(2025, 5, 9): 99_000_000, date(2025, 4, 25): 1_000_000}
    rows = [
        {"gecko_id": gecko_id, "day": f"{day}T00:00:00.000Z", "total_flow_usd": total}
        for gecko_id in ("bitcoin", "a-coin-nobody-follows")
        for day, total in totals.items()
    ]
    add_versions(connection, "defillama_etf_flows", MONDAY_MORNING, rows)


def _other_etf_sources(connection: duckdb.DuckDBPyConnection) -> None:
    """XRP's two funds: a dash that another source fills until Farside does, and a session Farside never had.

    And a total at CoinGlass that is 5 million off Farside's.
    """
    morning, day_after = datetime(2025, 5, 8, 5), datetime(2025, 5, 9, 13)
    whole = {"XRPA": "10.0", "XRPB": "5.0", "Total": "15.0"}
    add_versions(connection, "farside_flows", morning, _cells(date(2025, 5, 7), whole, asset="XRP"))
    half = {"XRPA": "-", "XRPB": "2.0", "Total": "2.0"}
    add_versions(connection, "farside_flows", morning + timedelta(days=1), _cells(date(2025, 5, 8), half, asset="XRP"))
    filled = {"XRPA": "8.0", "Total": "10.0"}
    add_versions(connection, "farside_flows", datetime(2025, 5, 11), _cells(date(2025, 5, 8), filled, asset="XRP"))

    def noon(day: date) -> int:
        return (day - date(1970, 1, 1)).days * 86_400 + 43_200

    for day, flows in ((7, {"XRPA": 9_000_000, "XRPB": 5_000_000}), (8, {"XRPA": 7_000_000, "XRPB": 2_000_000})):
        points = [
            {"asset": "XRP", "ticker": ticker, "timestamp": noon(date(2025, 5, day)), "result": flow}
            for ticker, flow in flows.items()
        ]
        add_versions(connection, "theblock_etf_flows", day_after + timedelta(days=day - 7), points)
    last = {"asset": "XRP", "ticker": "XRPA", "timestamp": noon(date(2025, 5, 9)), "result": 1_000_000}
    add_versions(connection, "theblock_etf_flows", datetime(2025, 5, 12), [last])
    # A fund that does not trade yet is a dash at Farside, and a plain 0 where nobody says so.
    unborn = {"asset": "BTC", "ticker": "MSBT", "timestamp": noon(date(2025, 5, 5)), "result": 0}
    add_versions(connection, "theblock_etf_flows", MONDAY_MORNING, [unborn])
    funds = [{"asset": "XRP", "ticker": "XRPA", "date": date(2025, 5, 9), "net_inflow": 4_000_000}]
    add_versions(connection, "sosovalue_fund_history", MONDAY_MORNING, funds)
    totals = [{"asset": "XRP", "date": date(2025, 5, 9), "total_net_inflow": 3_000_000}]
    add_versions(connection, "sosovalue_summary_history", MONDAY_MORNING, totals)
    charted = [
        {"asset": "XRP", "date": day, "total_net_inflow": 14_500_123} for day in (date(2025, 5, 7), date(2025, 5, 9))
    ]
    add_versions(connection, "sosovalue_inflow_chart", MONDAY_MORNING, charted)
    stamp = noon(date(2025, 5, 6)) // 86_400 * 86_400_000
    bitcoin = [
        {"coin": "bitcoin", "etf_ticker": ticker, "timestamp": stamp, "flow_usd": flow}
        for ticker, flow in (("IBIT", 15_000_000), ("FBTC", 5_000_000), ("GBTC", -2_500_000), ("Total", 17_500_000))
    ]
    add_versions(connection, "coinglass_etf_flow_history", MONDAY_MORNING, bitcoin)


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
    add_versions(connection, "coinbase_candles_1d", MONDAY_MORNING, candles)
    for hour, close in enumerate(("100", "110", "100")):
        seen = datetime(2025, 5, 9, hour + 1)
        add_versions(connection, "binance_klines_1d", seen, [_kline("LTCUSDT", datetime(2025, 5, 8), close)])
    # The same figure seen again, an archive file's microseconds, and the bar of a day that is not over.
    repeated = [_kline("LTCUSDT", datetime(2025, 5, 8), "100")]
    add_versions(connection, "binance_klines_1d", MONDAY_MORNING, repeated)
    microseconds = _kline("LTCUSDT", datetime(2025, 5, 9), "150", unit=1_000_000)
    unfinished = _kline("LTCUSDT", datetime(2025, 5, 12), "999")
    add_versions(connection, "binance_klines_1d", MONDAY_MORNING, [microseconds, unfinished])
    # The archive tells the same day at the same instant, and one that the API was not asked for.
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
    """Gate: a whole day in two answers, one of its hours restated, and a day that lacks an hour."""

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
    """Coinalyze: two contracts at Binance and one at HTX in two answers, and a late restatement of one of them."""
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
    # The collector heard the first of them, one that was not told when it was asked for, and one of another coin.
    heard = [
        {"symbol": symbol, "event_time": at, "pushed_at": at, "side": side, "quantity": size, "price": "2"}
        for symbol, at, side, size in (
            ("XRP-USDT-SWAP", day_ms + 3_600_000, "sell", "3"),
            ("XRP-USDT-SWAP", day_ms + 6 * 3_600_000, "buy", "1"),
            ("PEPE-USDT-SWAP", day_ms, "buy", "1"),
        )
    ]
    events = [event | {"average_price": "2", "occurrence": 1} for event in heard]
    add_versions(connection, "okx_stream_liquidations", midnight + timedelta(hours=7), events)
    # 8 May is covered by two answers, 9 May has a hole from 10:00 to 11:00.
    hour = timedelta(hours=1)
    for start, end in ((-2, 12), (12, 34), (35, 60)):
        asked = (midnight + start * hour, midnight + end * hour)
        at = max(first, asked[1]) + timedelta(seconds=5)
        add_answer(connection, "okx_futures liquidation_orders", "XRP", asked, at)
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
    # 9 May at HTX: its morning was told only on Monday; 8 May was told by an answer with a record nobody could read.
    for start, end, at in ((24, 36, second), (36, 48, midnight + 49 * hour), (0, 24, midnight + 25 * hour)):
        add_answer(connection, "htx liquidation_orders", "XRP", (midnight + start * hour, midnight + end * hour), at)
    connection.execute(
        "insert into raw.rejected_records select source, dataset, response_id, fetched_at, '{}', 'unreadable' "
        "from raw.responses where source = 'htx' and fetched_at = ?",
        [midnight + 25 * hour],
    )
    add_answer(connection, "bitfinex liquidations", "ALL", (midnight, midnight + 48 * hour), midnight + 50 * hour)


def _heard_events(connection: duckdb.DuckDBPyConnection) -> None:
    """DOGE on 7 May, as the collector heard it: all of Bybit's day, where Binance was listened to for an hour."""
    midnight, hour = datetime(2025, 5, 7), timedelta(hours=1)
    day_ms = (midnight.date() - date(1970, 1, 1)).days * 86_400_000
    heard = {"symbol": "DOGEUSDT", "event_time": day_ms + 5, "pushed_at": day_ms + 45, "quantity": "100"}
    for venue, side, price, average in (("bybit", "buy", "0.2", "0.2"), ("binance", "sell", "0.19", "0.21")):
        event = {**heard, "side": side, "price": price, "average_price": average, "occurrence": 1}
        add_versions(connection, f"{venue}_stream_liquidations", midnight + hour, [event])
        for number in range(24 if venue == "bybit" else 1):
            window = (midnight + number * hour, midnight + (number + 1) * hour)
            add_answer(connection, f"{venue}_stream liquidations", "ALL", window, window[1])


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
    """Two aggregators beside LTC's 8 May, of which one told it twice; an asset that has an estimated cap alone.

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
    for seen, seconds_off, price in ((morning, 100, "101"), (noon, -50, "125"), (MONDAY_MORNING, 70, "102")):
        point = {"coin": "coingecko:litecoin", "timestamp": midnight + seconds_off, "price": price}
        add_versions(connection, "defillama_coins_chart_1d", seen, [point])
    bar = {"open": "1", "high": "1.1", "low": "0.9"}
    tether = {"product_id": "USDT-USD", "time": midnight - 86_400, **bar, "close": "1.25", "volume": "1"}
    add_versions(connection, "coinbase_quotes_candles_1d", morning, [tether])
    at_kraken = {"pair": "USDTUSD", "time": midnight - 86_400, **bar, "close": "1.00", "trade_count": 5}
    day_before = at_kraken | {"time": midnight - 2 * 86_400, "close": "0.5"}
    filled = at_kraken | {"time": midnight, "trade_count": 0}
    add_versions(connection, "kraken_quotes_ohlc_1d", morning, [at_kraken, day_before, filled])
    for opens, cap in ((midnight - 86_400, "1500"), (midnight + 86_400, "1700")):
        written = f"{datetime(1970, 1, 1) + timedelta(seconds=opens):%Y-%m-%dT%H:%M:%S}.000Z"
        charted = {"timestamp": written, "original_score": opens + 120, "total_market_cap": cap}
        shares = {"altcoin_market_cap": str(int(cap) // 2), "btc_dominance": "50", "eth_dominance": "0"}
        add_versions(connection, "coinmarketcap_web_global_metrics", datetime(2025, 5, 10, 1), [charted | shares])
