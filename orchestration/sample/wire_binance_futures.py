"""Binance's futures API: daily bars, settled funding, hourly open interest and account ratios. Synthetic figures."""

from collections.abc import Callable
from datetime import datetime, timedelta

from orchestration.sample.synthetic import days
from orchestration.sample.synthetic_futures import Hour, asset_of, epoch_ms, levels, settlements
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found
from orchestration.sample.wire_binance import bars_until, selected

RETENTION = timedelta(days=30)
MAX_RATES, MAX_LEVELS, MAX_BARS = 1000, 500, 1500


def respond(request: WireRequest) -> WireResponse:
    """Points from `startTime` to `endTime`, both included, oldest first; levels of the last 30 days only."""
    if request.path not in ("/fapi/v1/fundingRate", "/fapi/v1/klines") and request.path not in LEVELS:
        return not_found()
    symbol = request.params.get("symbol", "")
    asset = asset_of("binance_futures", symbol)
    if asset is None:
        return json_response({"code": -1121, "msg": "Invalid symbol."}, 400)
    if request.path == "/fapi/v1/klines":
        if request.params.get("interval") != "1d":
            return json_response({"code": -1120, "msg": "Invalid interval."}, 400)
        bars = bars_until({"1d": days("binance_futures", symbol), "1h": ()}, "1d", request.now)
        return json_response(selected(list(bars), request, MAX_BARS))
    start, end = int(request.params.get("startTime", 0)), int(request.params.get("endTime", 9 * 10**14))
    if request.path not in LEVELS:
        limit = min(int(request.params.get("limit", 100)), MAX_RATES)
        points = [(at, _rate(symbol, at, hour)) for at, hour in settlements("binance", asset, request.now)]
    else:
        if request.params.get("period") != "1h":
            return json_response({"code": -1130, "msg": "Data sent for parameter 'period' is not valid."}, 400)
        if start < epoch_ms(request.now - RETENTION):
            return json_response({"code": -1130, "msg": "parameter 'startTime' is invalid."}, 400)
        limit = min(int(request.params.get("limit", 30)), MAX_LEVELS)
        level = LEVELS[request.path]
        points = [(at, level(symbol, at, hour)) for at, hour in levels("binance", asset, request.now)]
    return json_response([point for at, point in points if start <= epoch_ms(at) <= end][:limit])


def _rate(symbol: str, at: datetime, hour: Hour) -> dict[str, object]:
    # The venue's timestamps are some milliseconds late.
    timestamp = epoch_ms(at) + hour.opens.day % 9
    return {"symbol": symbol, "fundingTime": timestamp, "fundingRate": str(hour.funding), "markPrice": str(hour.price)}


def _open_interest(symbol: str, at: datetime, hour: Hour) -> dict[str, object]:
    return {
        "symbol": symbol,
        "sumOpenInterest": f"{hour.open_interest_usd / hour.price:.8f}",
        "sumOpenInterestValue": f"{hour.open_interest_usd:.8f}",
        "timestamp": epoch_ms(at),
    }


def _accounts(symbol: str, at: datetime, hour: Hour) -> dict[str, object]:
    longs = hour.ratio / (1 + hour.ratio)
    shares = {"longAccount": f"{longs:.4f}", "shortAccount": f"{1 - longs:.4f}"}
    return {"symbol": symbol, "longShortRatio": f"{hour.ratio:.4f}", **shares, "timestamp": epoch_ms(at)}


LEVELS: dict[str, Callable[[str, datetime, Hour], dict[str, object]]] = {
    "/futures/data/openInterestHist": _open_interest,
    "/futures/data/globalLongShortAccountRatio": _accounts,
}

WIRE = Wire("binance_futures", respond, lambda url: {"BINANCE_FUTURES_BASE_URL": url}, bundled=False)
