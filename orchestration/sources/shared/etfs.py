"""Which ETFs hold an asset and since when, for what is asked and for rows that can't be true."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from orchestration.project import SEEDS

ETF_FUNDS = SEEDS / "etf_funds.csv"
"""The one list of funds; dbt reads the same file as a seed."""
SETTLING_TIMES = SEEDS / "settling_times.csv"
NEW_YORK = ZoneInfo("America/New_York")
CLOSE = time(16)
"""Of a full session; after an early close the figures are read three hours later than they might be."""


def fund_tickers(asset: str) -> list[str]:
    """The tickers of the US spot ETFs that hold `asset`, retired ones included, in the order of the seed."""
    return [line["fund_ticker"] for line in _funds() if line["asset"] == asset]


def listed_funds(asset: str, day: date) -> list[str]:
    """The funds of `asset` that had their first session by `day`; those of unconfirmed date are left out."""
    return [
        line["fund_ticker"]
        for line in _funds()
        if line["asset"] == asset and line["first_trade_date"] and line["first_trade_date"] <= day.isoformat()
    ]


def first_session(asset: str) -> date | None:
    """The first session of any fund of `asset`; None where there is none or nobody has confirmed its date."""
    days = [line["first_trade_date"] for line in _funds() if line["asset"] == asset and line["first_trade_date"]]
    return date.fromisoformat(min(days)) if days else None


@cache
def _funds() -> tuple[dict[str, str], ...]:
    with ETF_FUNDS.open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def is_final(source: str, session: date, at: datetime) -> bool:
    """True when `source` has had its settling time after the session's close. Raises KeyError for an unknown source."""
    close = datetime.combine(session, CLOSE, NEW_YORK).astimezone(UTC)
    return close + _settling_time(source) <= at


@cache
def _settling_time(source: str) -> timedelta:
    with SETTLING_TIMES.open(newline="", encoding="utf-8") as file:
        hours = {
            line["source"]: float(line["hours_after_window_end"])
            for line in csv.DictReader(file)
            if line["subject"] == "etf_flows"
        }
    return timedelta(hours=hours[source])
