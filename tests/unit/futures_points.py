"""Datasets of futures figures, and functions to change bodies of Binance, Bybit and OKX."""

import json
from datetime import datetime
from typing import Any

from wire_bench import FIRST_DAYS, NOW, fixture, make_response

from orchestration.sources.shared.contract import Dataset, Parsed, Request, Slice, Window
from orchestration.sources.shared.registry import dataset

MIDNIGHT = 1_746_144_000_000
"""2 May 2025, in milliseconds."""
HOUR, DAY = 3_600_000, 86_400_000
BINANCE_RATES = dataset("binance_futures", "funding_rate")
BINANCE_LEVELS = dataset("binance_futures", "open_interest_1h")
BINANCE_ACCOUNTS = dataset("binance_futures", "account_ratio_1h")
BINANCE_BARS = dataset("binance_futures", "klines_1d")
BYBIT_BARS = dataset("bybit", "klines_1d")
BYBIT_RATES = dataset("bybit", "funding_history")
BYBIT_LEVELS = dataset("bybit", "open_interest_1d")
BYBIT_ACCOUNTS = dataset("bybit", "account_ratio_1d")
BYBIT_PRICES = dataset("bybit", "mark_prices_1d")
OKX_RATES = dataset("okx_futures", "funding_history")
OKX_LEVELS = dataset("okx_futures", "open_interest_1d")
OKX_ACCOUNTS = dataset("okx_futures", "account_ratio_1d")
SYMBOLS = {"binance_futures": "BTCUSDT", "bybit": "BTCUSDT", "okx_futures": "BTC-USDT-SWAP"}
POINTS = (BINANCE_RATES, BINANCE_LEVELS, BINANCE_ACCOUNTS, BYBIT_RATES, BYBIT_LEVELS, BYBIT_ACCOUNTS, OKX_RATES)
"""Datasets whose timestamp is the instant of the figures."""


def planned(found: Dataset, window: Window, now: datetime = NOW) -> list[Request]:
    return list(found.plan(Slice("BTC", SYMBOLS[found.provider.name], window, now)))


def parsed(found: Dataset, body: Any) -> Parsed:
    """The parsed body of a request for the first days of May."""
    (request,) = planned(found, FIRST_DAYS)
    assert callable(found.read)
    return found.read(make_response(found, json.dumps(body).encode(), request))


def good(found: Dataset) -> Any:
    return json.loads(fixture(f"{found.provider.name}/{found.name}.json"))


def records(found: Dataset, body: Any) -> list[Any]:
    """The list inside a body, to be changed in place."""
    if found.provider.name == "bybit":
        return list(body["result"]["list"])
    return list(body["data"] if found.provider.name == "okx_futures" else body)


def with_records(found: Dataset, changed: list[Any]) -> Any:
    body = good(found)
    if found.provider.name == "bybit":
        body["result"]["list"] = changed
    elif found.provider.name == "okx_futures":
        body["data"] = changed
    else:
        body = changed
    return body


def stamp_name(found: Dataset) -> str:
    names = {"funding_time": "fundingTime", "funding_rate_timestamp": "fundingRateTimestamp"}
    column = list(found.columns)[1]
    return names.get(column, column)
