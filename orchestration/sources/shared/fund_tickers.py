"""Which ETFs hold an asset and since when, for what is asked and for rows that can't be true."""

import csv
from datetime import date
from functools import cache

from orchestration.project import SEEDS

ETF_FUNDS = SEEDS / "etf_funds.csv"
"""The one list of funds; dbt reads the same file as a seed."""


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
