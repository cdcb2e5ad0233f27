"""Bybit's bars and statistics of USDT perpetuals: an envelope, texts, newest first, open interest of both sides.

The figures are synthetic.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from orchestration.sample.figures import instant
from orchestration.sample.synthetic import Line, days
from orchestration.sample.synthetic_futures import Hour, asset_of, epoch_ms, levels, settlements
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found

DAY = timedelta(days=1)
SINGLE_SINCE = datetime(2026, 6, 11).date()
"""The first day that also has the open interest of one side."""
PAGE_SIZE = {
    "/v5/market/open-interest": 200,
    "/v5/market/account-ratio": 500,
    "/v5/market/funding/history": 200,
    "/v5/market/mark-price-kline": 1000,
    "/v5/market/kline": 1000,
}


def respond(request: WireRequest) -> WireResponse:
    """Points between both ends, newest first; errors have status 200 and a code."""
    path, params = request.path, request.params
    if path not in PAGE_SIZE:
        return not_found()
    symbol = params.get("symbol", "")
    asset = asset_of("bybit", symbol)
    if asset is None or params.get("category") != "linear":
        return _envelope({}, 10001, "params error: symbol invalid")
    first, last = ("start", "end") if path.endswith("kline") else ("startTime", "endTime")
    if first in params and last not in params and path.endswith("history"):
        return _envelope({}, 10001, "params error: startTime and endTime should be passed together")
    start, end = int(params.get(first, 0)), int(params.get(last, 9 * 10**14))
    points = _points(path, symbol, asset, request.now)
    chosen = [point for at, point in points if start <= epoch_ms(at) <= end][::-1]
    page = chosen[: min(int(params.get("limit", 50)), PAGE_SIZE[path])]
    return _envelope({"category": "linear", "symbol": symbol, "list": page, "nextPageCursor": ""})


def _points(path: str, symbol: str, asset: str, now: datetime) -> list[tuple[datetime, object]]:
    if path.endswith("history"):
        return [
            (at, {"symbol": symbol, "fundingRate": str(hour.funding), "fundingRateTimestamp": str(epoch_ms(at))})
            for at, hour in settlements("bybit", asset, now)
        ]
    if path.endswith("/kline"):
        return [(opens, _bar(opens, line)) for line in days("bybit", symbol) if (opens := _opening(line)) < now]
    midnights = [(at, hour) for at, hour in levels("bybit", asset, now) if at.hour == 0]
    if path.endswith("kline"):
        return [(at - DAY, [str(epoch_ms(at - DAY)), *[str(hour.price)] * 4]) for at, hour in midnights]
    if path.endswith("account-ratio"):
        return [(at, _accounts(symbol, at, hour)) for at, hour in midnights]
    return [(at, _open_interest(at, hour)) for at, hour in midnights]


def _opening(line: Line) -> datetime:
    return instant(line["trade_date"])


def _bar(opens: datetime, line: Line) -> list[str]:
    prices = [line[name] for name in ("open", "high", "low", "close")]
    return [str(epoch_ms(opens)), *prices, line["volume"], line["quote_volume"]]


def _accounts(symbol: str, at: datetime, hour: Hour) -> dict[str, str]:
    buys = (hour.ratio / (1 + hour.ratio)).quantize(Decimal("0.0001"))
    return {"symbol": symbol, "buyRatio": str(buys), "sellRatio": str(1 - buys), "timestamp": str(epoch_ms(at))}


def _open_interest(at: datetime, hour: Hour) -> dict[str, str]:
    single = (hour.open_interest_usd / hour.price).quantize(Decimal("0.001"))
    one_side = {"singleOpenInterest": str(single)} if at.date() >= SINGLE_SINCE else {}
    return {"openInterest": f"{2 * single:.8f}", **one_side, "timestamp": str(epoch_ms(at))}


def _envelope(result: object, code: int = 0, message: str = "OK") -> WireResponse:
    return json_response({"retCode": code, "retMsg": message, "result": result, "retExtInfo": {}, "time": 1})


WIRE = Wire("bybit", respond, lambda url: {"BYBIT_BASE_URL": url}, bundled=False)
