"""Coinalyze's lists and daily histories: a key in `api_key`, seconds, nothing for unknown symbols. Synthetic."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from orchestration.sample.synthetic_futures import Hour, closed_or_running, hours
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found
from orchestration.settings import SAMPLE_ASSETS

KEY = "sample-coinalyze-key"
EXCHANGES = {"A": "Binance", "6": "Bybit", "3": "OKX", "Y": "Gate.io", "4": "Huobi"}
MAX_SYMBOLS = 20
DAY = timedelta(days=1)
Point = dict[str, int | float]


def respond(request: WireRequest) -> WireResponse:
    """The exchanges, the markets, or daily histories of the requested symbols, oldest first."""
    if request.headers.get("api_key") != KEY:
        return json_response({"message": "Invalid/Missing API key"}, 401)
    if request.path == "/v1/exchanges":
        return json_response([{"name": name, "code": code} for code, name in EXCHANGES.items()])
    if request.path == "/v1/future-markets":
        return json_response([_market(asset, code) for asset in SAMPLE_ASSETS.split(",") for code in EXCHANGES])
    endpoint = request.path.removeprefix("/v1/")
    if endpoint not in POINTS:
        return not_found()
    symbols = request.params.get("symbols", "").split(",")
    if len(symbols) > MAX_SYMBOLS:
        return json_response({"message": "Too many symbols"}, 400)
    start, end = int(request.params.get("from", 0)), int(request.params.get("to", 0))
    histories = ((symbol, list(_days(endpoint, symbol, request.now, start, end))) for symbol in symbols)
    return json_response([{"symbol": symbol, "history": history} for symbol, history in histories if history])


def _market(asset: str, code: str) -> dict[str, object]:
    return {
        "symbol": f"{asset}USDT_PERP.{code}",
        "exchange": code,
        "symbol_on_exchange": f"{asset}USDT",
        "base_asset": asset,
        "quote_asset": "USDT",
        "expire_at": None,
        "has_buy_sell_data": True,
        "is_perpetual": True,
        "margined": "STABLE",
        "oi_lq_vol_denominated_in": "BASE_ASSET",
        "has_long_short_ratio_data": True,
        "has_ohlcv_data": True,
    }


def _days(endpoint: str, symbol: str, now: datetime, start: int, end: int) -> Iterator[Point]:
    pair, _, code = symbol.partition(".")
    asset = pair.removesuffix("USDT_PERP")
    venue = EXCHANGES.get(code, "").lower().removesuffix(".io")
    if not venue or not hours(venue, asset):
        return
    days: dict[datetime, list[Hour]] = defaultdict(list)
    for hour in closed_or_running(venue, asset, now):
        days[hour.opens.replace(hour=0)].append(hour)
    for opens, parts in days.items():
        timestamp = int(opens.timestamp())
        if start <= timestamp <= end:
            yield {"t": timestamp, **POINTS[endpoint](parts)}


def _bar(values: list[Decimal]) -> Point:
    return {"o": float(values[0]), "h": float(max(values)), "l": float(min(values)), "c": float(values[-1])}


def _liquidations(parts: list[Hour]) -> Point:
    return {"l": float(sum(hour.long_usd for hour in parts)), "s": float(sum(hour.short_usd for hour in parts))}


def _accounts(parts: list[Hour]) -> Point:
    ratio = float(parts[-1].ratio)
    longs = round(100 * ratio / (1 + ratio), 2)
    return {"r": ratio, "l": longs, "s": round(100 - longs, 2)}


POINTS = {
    "liquidation-history": _liquidations,
    "open-interest-history": lambda parts: _bar([hour.open_interest_usd for hour in parts]),
    "funding-rate-history": lambda parts: _bar([hour.funding * 100 for hour in parts]),
    "long-short-ratio-history": _accounts,
}

WIRE = Wire(
    "coinalyze", respond, lambda url: {"COINALYZE_BASE_URL": url, "COINALYZE_API_KEY": KEY}, bundled=False
)  # fmt: skip
