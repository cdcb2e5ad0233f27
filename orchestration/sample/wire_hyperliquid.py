"""Hyperliquid's `/info` of perpetuals: a POST with a type, daily bars as text, hourly funding, 500 rates per page.

The figures are synthetic (`synthetic.py`, `synthetic_futures.py`).
"""

import json
from typing import Any

from orchestration.sample.figures import instant
from orchestration.sample.synthetic import days
from orchestration.sample.synthetic_futures import HOUR, asset_of, closed_or_running, epoch_ms
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found

MAX_CANDLES, MAX_RATES = 5_000, 500
DAY_MS = 86_400_000
LATE_MS = 12
"""How late a settlement is stamped."""


def respond(request: WireRequest) -> WireResponse:
    """Bars that opened, or rates that were settled, between both ends; an unknown coin is an error with `null`."""
    if request.path != "/info" or not request.body:
        return not_found()
    body = json.loads(request.body)
    wanted = body.get("req", body)
    asset = asset_of("hyperliquid", str(wanted.get("coin")))
    if asset is None or body.get("type") not in ("candleSnapshot", "fundingHistory"):
        return json_response(None, 500)
    start, end = int(wanted["startTime"]), int(wanted.get("endTime", epoch_ms(request.now)))
    if body["type"] == "candleSnapshot":
        candles = [candle for candle in _candles(wanted["coin"], request) if start <= candle["t"] <= end]
        return json_response(candles[-MAX_CANDLES:])
    rates = [rate for rate in _rates(wanted["coin"], asset, request) if start <= rate["time"] <= end]
    return json_response(rates[:MAX_RATES])


def _candles(coin: str, request: WireRequest) -> list[dict[str, Any]]:
    candles = []
    for line in days("hyperliquid", coin):
        opens = instant(line["trade_date"])
        if opens < request.now:
            prices = {short: line[name] for short, name in zip("ohlc", ("open", "high", "low", "close"), strict=True)}
            bounds = {"t": epoch_ms(opens), "T": epoch_ms(opens) + DAY_MS - 1, "s": coin, "i": "1d"}
            candles.append(bounds | prices | {"v": line["volume"], "n": 1000})
    return candles


def _rates(coin: str, asset: str, request: WireRequest) -> list[dict[str, Any]]:
    return [
        {
            "coin": coin,
            "fundingRate": f"{hour.funding / 8:.10f}",
            "premium": "0.0001",
            "time": epoch_ms(hour.opens + HOUR) + LATE_MS,
        }
        for hour in closed_or_running("hyperliquid", asset, request.now)
        if hour.opens + HOUR <= request.now
    ]


WIRE = Wire("hyperliquid", respond, lambda url: {"HYPERLIQUID_BASE_URL": url}, bundled=False)
