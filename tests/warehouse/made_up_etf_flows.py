"""Raw rows of ETF flows in the ten sessions up to Friday 2025-05-09: every awkward case once."""

from datetime import date, datetime, timedelta

import duckdb

from tests.warehouse.raw_tables import MONDAY_MORNING, add_nyse_sessions, add_versions

SESSIONS = [date(2025, 4, 28) + timedelta(days=offset) for offset in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]
"""The ten sessions from 2025-04-28 to 2025-05-09."""


def load_made_up_etf_flows(connection: duckdb.DuckDBPyConnection) -> None:
    """Fills the raw tables; they exist and are empty."""
    add_nyse_sessions(connection, date(2024, 1, 2), date(2025, 12, 31))
    _etf_flows(connection)
    _etf_totals(connection)
    _other_etf_sources(connection)


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
    # A fund that does not trade yet is a dash at Farside and a plain 0 at The Block.
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
