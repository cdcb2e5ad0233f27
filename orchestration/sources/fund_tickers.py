"""Which ETFs hold an asset, for providers that are asked fund by fund."""

import csv
from pathlib import Path

ETF_FUNDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "etf_funds.csv"
"""The one list of funds; dbt reads the same file as a seed."""


def fund_tickers(asset: str) -> list[str]:
    """The tickers of the US spot ETFs that hold `asset`, retired ones included, in the order of the seed."""
    with ETF_FUNDS.open(newline="") as file:
        return list(dict.fromkeys(line["fund_ticker"] for line in csv.DictReader(file) if line["asset"] == asset))
