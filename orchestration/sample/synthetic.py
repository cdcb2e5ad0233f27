"""Synthetic spot prices for the full sample market: bars of assets and venues that are not bundled.

A synthetic bar is a bundled one times a constant: an asset follows BTC or ETH at a fixed ratio, and a venue differs by
a few basis points from the bundled venue of its quote asset. So every bar is possible (high, low, hours that add up to
the day) and the figures are reproducible, but they are no record of any market (see SOURCES.md).
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache

from orchestration.sample.figures import figures, instant
from orchestration.sources.shared.registry import quotes, symbols

Line = Mapping[str, str]

PRICE_RATIOS = {
    "SOL": ("BTC", "0.001575"),
    "XRP": ("BTC", "0.0000223"),
    "BNB": ("BTC", "0.00605"),
    "LTC": ("BTC", "0.0009"),
    "DOGE": ("ETH", "0.0000885"),
    "ADA": ("ETH", "0.00034"),
    "LINK": ("ETH", "0.007"),
    "AVAX": ("ETH", "0.0095"),
}
"""The bundled asset that each other asset follows, and the price in units of it, near May 2025."""
VOLUME_SHARE = Decimal("0.1")
"""The traded value of a synthetic bar as a share of the bundled one."""
MAX_OFFSET_BPS = 3
PRICES = ("open", "high", "low", "close")
AMOUNTS = ("volume", "taker_buy_volume")
VALUES = ("quote_volume", "taker_buy_quote_volume")
DAYS_OF_QUOTE = {
    "USDT": ("binance_klines_1d", "binance", "symbol"),
    "USD": ("coinbase_candles_1d", "coinbase", "product_id"),
}


def days(venue: str, symbol: str) -> tuple[Line, ...]:
    """Daily bars of `symbol` at `venue`, oldest first; bundled ones unchanged. Empty for an unknown symbol."""
    if symbol == symbols(venue).get("USDT"):
        return _tether(venue)
    quote = quotes(venue).get(symbol)
    return _bars(venue, symbol, *DAYS_OF_QUOTE[quote]) if quote in DAYS_OF_QUOTE else ()


def binance_hours(symbol: str) -> tuple[Line, ...]:
    """Hourly bars of a Binance symbol, oldest first; bundled ones unchanged."""
    return _bars("binance", symbol, "binance_klines_1h", "binance", "symbol")


def venue_factor(venue: str, asset: str) -> Decimal:
    """The prices of a synthetic venue relative to the bundled one: a constant factor near 1."""
    digest = hashlib.sha256(f"{venue} {asset}".encode()).digest()
    return 1 + Decimal(digest[0] % (2 * MAX_OFFSET_BPS + 1) - MAX_OFFSET_BPS) / 10_000


def price_ratio(asset: str) -> tuple[str, Decimal]:
    """The bundled asset that `asset` follows, and its price in units of it. Raises KeyError for an unknown asset."""
    leader, ratio = PRICE_RATIOS.get(asset, (asset, "1"))
    if leader not in ("BTC", "ETH"):
        raise KeyError(asset)
    return leader, Decimal(ratio)


@cache
def _tether(venue: str) -> tuple[Line, ...]:
    """A bar for every bundled day: within a few basis points of a dollar, different every day."""
    lines = []
    for day in sorted({line["trade_date"] for line in figures("coinbase_candles_1d")}):
        near = [1 + (venue_factor(f"{venue} {day} {name}", "USDT") - 1) / 2 for name in PRICES]
        opens, closes = f"{near[0]:.5f}", f"{near[3]:.5f}"
        bar = {"open": opens, "high": f"{max(near):.5f}", "low": f"{min(near):.5f}", "close": closes}
        lines.append({"trade_date": day, **bar, "volume": "1000000"})
    return tuple(lines)


@cache
def _bars(venue: str, symbol: str, file: str, bundled_venue: str, symbol_column: str) -> tuple[Line, ...]:
    asset = next((asset for asset, name in symbols(venue).items() if name == symbol), "")
    if asset not in ("BTC", "ETH", *PRICE_RATIOS):
        return ()
    leader, ratio = price_ratio(asset)
    bundled = symbols(bundled_venue)[leader]
    followed = [line for line in figures(file) if line[symbol_column] == bundled]
    if (venue, asset) == (bundled_venue, leader):
        return tuple(followed)
    share = VOLUME_SHARE if asset != leader or venue != bundled_venue else Decimal(1)
    factor = ratio * (venue_factor(venue, asset) if venue != bundled_venue else 1)
    return tuple(_scaled(dict(line), factor, share) for line in followed)


def _scaled(line: dict[str, str], factor: Decimal, share: Decimal) -> Line:
    """The bar at `factor` times the price, with `share` of the traded value and the same count of trades."""
    for names, by in ((PRICES, factor), (AMOUNTS, share / factor), (VALUES, share)):
        for name in names:
            if name in line:
                line[name] = f"{Decimal(line[name]) * by:.8f}"
    return line


def newest_snapshot(now: datetime, factor: Decimal) -> tuple[int, Decimal, float]:
    """The whole market at `now`: seconds since 1970, total in US dollars times `factor`, Bitcoin's share in percent.

    Raises IndexError before the first bundled snapshot.
    """
    line = [line for line in figures("global_market_caps") if instant(line["as_of_at"]) <= now][-1]
    seconds = int(instant(line["as_of_at"]).timestamp())
    return seconds, round(Decimal(line["total_usd"]) * factor, 2), float(line["btc_dominance_pct"])
