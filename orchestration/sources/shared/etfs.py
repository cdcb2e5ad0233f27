"""US spot ETFs: the funds of an asset, their first sessions, and when a session's flows are final.

Farside prints a dash where a fund has not reported. Other sources print a partial sum, a 0 or an older figure instead,
so their figures are read only after the settling time; what is stored is complete. dbt reads the same two seeds.
"""

import csv
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from orchestration.project import SEEDS

ETF_FUNDS = SEEDS / "etf_funds.csv"
"""The only list of funds."""
SETTLING_TIMES = SEEDS / "settling_times.csv"
NEW_YORK = ZoneInfo("America/New_York")
CLOSE = time(16)
"""The close of a full session. After an early close, figures are read three hours later than necessary."""


def fund_tickers(asset: str) -> list[str]:
    """The tickers of the US spot ETFs that hold `asset`, retired ones included, in the order of the seed."""
    return [line["fund_ticker"] for line in _funds() if line["asset"] == asset]


def listed_funds(asset: str, day: date) -> list[str]:
    """The funds of `asset` whose first session was on or before `day`; funds without a confirmed date are left out."""
    return [
        line["fund_ticker"]
        for line in _funds()
        if line["asset"] == asset and line["first_trade_date"] and line["first_trade_date"] <= day.isoformat()
    ]


def first_session(asset: str) -> date | None:
    """The first session of any fund of `asset`; None where no fund has a confirmed date."""
    days = [line["first_trade_date"] for line in _funds() if line["asset"] == asset and line["first_trade_date"]]
    return date.fromisoformat(min(days)) if days else None


@cache
def _funds() -> tuple[dict[str, str], ...]:
    with ETF_FUNDS.open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def is_final(source: str, session: date, at: datetime) -> bool:
    """Whether the settling time of `source` after the session's close has passed at `at`.

    Raises KeyError for a source without a settling time.
    """
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
