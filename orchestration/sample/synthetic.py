"""Spot prices that nobody published: bars of assets and venues that are not bundled, for the full sample market.

A made-up bar is a bundled one times a constant: an asset follows BTC or ETH at a fixed ratio, a venue stands a few
basis points off the bundled venue of its quote asset. So every bar stays possible (high, low, hours that make the
day), the same figures come every time, and no market moved like that. SOURCES.md says it to readers.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache

from orchestration.sample.figures import figures, instant
from orchestration.sources.shared.registry import quotes, symbols

Line = Mapping[str, str]

FOLLOWED = {
    "SOL": ("BTC", "0.001575"),
    "XRP": ("BTC", "0.0000223"),
    "BNB": ("BTC", "0.00605"),
    "LTC": ("BTC", "0.0009"),
    "DOGE": ("ETH", "0.0000885"),
    "ADA": ("ETH", "0.00034"),
    "LINK": ("ETH", "0.007"),
    "AVAX": ("ETH", "0.0095"),
}
"""Which bundled asset each of the others follows, and its price in units of it, near May 2025."""
VOLUME_SHARE = Decimal("0.1")
"""Traded value of a made-up bar beside that of the bundled one."""
WIDEST_TILT_BPS = 3
PRICES = ("open", "high", "low", "close")
AMOUNTS = ("volume", "taker_buy_volume")
VALUES = ("quote_volume", "taker_buy_quote_volume")
DAYS_OF_QUOTE = {
    "USDT": ("binance_klines_1d", "binance", "symbol"),
    "USD": ("coinbase_candles_1d", "coinbase", "product_id"),
}


def days(venue: str, symbol: str) -> tuple[Line, ...]:
    """Daily bars of what `venue` calls `symbol`, oldest first; bundled ones as they are. Empty when it is unknown."""
    if symbol == symbols(venue).get("USDT"):
        return _tether(venue)
    quote = quotes(venue).get(symbol)
    return _bars(venue, symbol, *DAYS_OF_QUOTE[quote]) if quote in DAYS_OF_QUOTE else ()


def binance_hours(symbol: str) -> tuple[Line, ...]:
    """Hourly bars of a Binance symbol, oldest first; bundled ones as they are."""
    return _bars("binance", symbol, "binance_klines_1h", "binance", "symbol")


def tilt(venue: str, asset: str) -> Decimal:
    """How far a made-up venue stands off the bundled one, as a factor near 1: the same every time."""
    digest = hashlib.sha256(f"{venue} {asset}".encode()).digest()
    return 1 + Decimal(digest[0] % (2 * WIDEST_TILT_BPS + 1) - WIDEST_TILT_BPS) / 10_000


def price_ratio(asset: str) -> tuple[str, Decimal]:
    """The bundled asset that `asset` follows, and its price in units of it. Raises KeyError for an unknown asset."""
    leader, ratio = FOLLOWED.get(asset, (asset, "1"))
    if leader not in ("BTC", "ETH"):
        raise KeyError(asset)
    return leader, Decimal(ratio)


@cache
def _tether(venue: str) -> tuple[Line, ...]:
    """A bar for every bundled day: within a few basis points of a dollar, and no day like the next."""
    lines = []
    for day in sorted({line["trade_date"] for line in figures("coinbase_candles_1d")}):
        near = [1 + (tilt(f"{venue} {day} {name}", "USDT") - 1) / 2 for name in PRICES]
        opens, closes = f"{near[0]:.5f}", f"{near[3]:.5f}"
        bar = {"open": opens, "high": f"{max(near):.5f}", "low": f"{min(near):.5f}", "close": closes}
        lines.append({"trade_date": day, **bar, "volume": "1000000"})
    return tuple(lines)


@cache
def _bars(venue: str, symbol: str, file: str, bundled_venue: str, symbol_column: str) -> tuple[Line, ...]:
    asset = next((asset for asset, name in symbols(venue).items() if name == symbol), "")
    if asset not in ("BTC", "ETH", *FOLLOWED):
        return ()
    leader, ratio = price_ratio(asset)
    bundled = symbols(bundled_venue)[leader]
    followed = [line for line in figures(file) if line[symbol_column] == bundled]
    if (venue, asset) == (bundled_venue, leader):
        return tuple(followed)
    share = VOLUME_SHARE if asset != leader or venue != bundled_venue else Decimal(1)
    factor = ratio * (tilt(venue, asset) if venue != bundled_venue else 1)
    return tuple(_times(dict(line), factor, share) for line in followed)


def _times(line: dict[str, str], factor: Decimal, share: Decimal) -> Line:
    """The bar at `factor` times the price, with `share` of the traded value; trades stay as counted."""
    for names, by in ((PRICES, factor), (AMOUNTS, share / factor), (VALUES, share)):
        for name in names:
            if name in line:
                line[name] = f"{Decimal(line[name]) * by:.8f}"
    return line


def newest_snapshot(now: datetime, factor: Decimal) -> tuple[int, Decimal, float]:
    """Of the whole market at `now`: seconds since 1970, total in US dollars times `factor`, Bitcoin's share in percent.

    Raises IndexError before the first bundled snapshot.
    """
    line = [line for line in figures("global_market_caps") if instant(line["as_of_at"]) <= now][-1]
    taken = int(instant(line["as_of_at"]).timestamp())
    return taken, round(Decimal(line["total_usd"]) * factor, 2), float(line["btc_dominance_pct"])
