"""Synthetic flows of SOL funds, for a full sample market that is set to a day after their launch.

The bundled sample ends before the first SOL fund traded. A flow is a hash of the fund's ticker and the session, so it
is reproducible; the funds and their first sessions are real (see SOURCES.md).
"""

import csv
import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache

from orchestration.sources.shared.etfs import ETF_FUNDS
from orchestration.sources.shared.nyse_calendar import sessions

Line = Mapping[str, str]
SPREAD_TENTHS = 400
"""Flows are between -40 and 40 million US dollars."""


def sol_flows(now: datetime) -> list[Line]:
    """Lines as in `figures/etf_fund_flows.csv`, for every session up to the day of `now` and every listed fund."""
    return [
        {"asset": "SOL", "trade_date": day.isoformat(), "fund_ticker": ticker, "net_flow_musd": _flow(ticker, day)}
        for day in _sessions(now.year)
        if day <= now.date()
        for ticker, listed in _listings().items()
        if listed <= day
    ]


def _flow(ticker: str, day: date) -> str:
    drawn = int.from_bytes(hashlib.sha256(f"{ticker} {day}".encode()).digest()[:4])
    return f"{(drawn % (2 * SPREAD_TENTHS + 1) - SPREAD_TENTHS) / 10:.1f}"


@cache
def _listings() -> dict[str, date]:
    """The first sessions of the SOL funds with a confirmed date, in the order of Farside's columns."""
    with ETF_FUNDS.open(newline="", encoding="utf-8") as file:
        lines = [line for line in csv.DictReader(file) if line["asset"] == "SOL" and line["first_trade_date"]]
    return {line["fund_ticker"]: date.fromisoformat(line["first_trade_date"]) for line in lines}


@cache
def _sessions(year: int) -> list[date]:
    launch = min(_listings().values())
    return [row[0] for row in sessions(datetime(year, 1, 1)) if row[0] >= launch]
