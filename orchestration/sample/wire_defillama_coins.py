"""DefiLlama's `/chart/{coins}`: points before or after midnight, one more than the requested steps.

The figures are synthetic: Coinbase's bundled closes, a few basis points off (`synthetic.py`).
"""

import hashlib
import re
from datetime import timedelta
from decimal import Decimal

from orchestration.sample.figures import instant
from orchestration.sample.synthetic import days, venue_factor
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found
from orchestration.sources.shared.registry import symbols

MAX_STEPS = 500
DAY_SECONDS = 86_400
MAX_JITTER_SECONDS = 168


def respond(request: WireRequest) -> WireResponse:
    """Prices near each midnight from `start` on; unknown coins are absent."""
    match = re.fullmatch(r"/chart/([a-z0-9:,-]+)", request.path)
    if match is None or request.params.get("period") != "1d":
        return not_found()
    start, span = int(request.params.get("start", "0")), int(request.params.get("span", "0"))
    if span > MAX_STEPS:
        return json_response({"message": f"span of {span} exceeds the maximum of {MAX_STEPS}"}, 400)
    assets = {name: asset for asset, name in symbols("defillama_coins").items()}
    coins = {}
    for coin in match[1].split(","):
        asset = assets.get(coin, "")
        points = _points(asset, start, span, request.now.timestamp()) if asset in symbols("coinbase") else []
        if points:
            coins[coin] = {"symbol": asset, "confidence": 0.99, "prices": points}
    return json_response({"coins": coins})


def _points(asset: str, start: int, span: int, now: float) -> list[dict[str, int | float]]:
    points: list[dict[str, int | float]] = []
    for line in days("coinbase", symbols("coinbase")[asset]):
        midnight = int((instant(line["trade_date"]) + timedelta(days=1)).timestamp())
        if start <= midnight <= start + span * DAY_SECONDS:
            timestamp = midnight + _jitter(asset, midnight)
            if timestamp <= now:
                price = Decimal(line["close"]) * venue_factor("defillama_coins", asset)
                points.append({"timestamp": timestamp, "price": float(price)})
    return points


def _jitter(asset: str, midnight: int) -> int:
    digest = hashlib.sha256(f"{asset} {midnight}".encode()).digest()
    return digest[0] % (2 * MAX_JITTER_SECONDS + 1) - MAX_JITTER_SECONDS


WIRE = Wire("defillama_coins", respond, lambda url: {"DEFILLAMA_COINS_BASE_URL": url}, bundled=False)
