"""`/chart/{coins}` as DefiLlama answers it: points on either side of midnight, one more than the steps asked for.

The figures are made up: Coinbase's bundled closes a few basis points off (`synthetic.py`).
"""

import hashlib
import re
from datetime import timedelta
from decimal import Decimal

from orchestration.sample.figures import instant
from orchestration.sample.synthetic import days, tilt
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found
from orchestration.sources.shared.registry import symbols

MOST_STEPS = 500
DAY_SECONDS = 86_400
WIDEST_JITTER = 168


def respond(request: WireRequest) -> WireResponse:
    """Prices near each midnight from `start` on; coins that are not known are left out without a word."""
    match = re.fullmatch(r"/chart/([a-z0-9:,-]+)", request.path)
    if match is None or request.params.get("period") != "1d":
        return not_found()
    start, span = int(request.params.get("start", "0")), int(request.params.get("span", "0"))
    if span > MOST_STEPS:
        return json_response({"message": f"span of {span} exceeds the maximum of {MOST_STEPS}"}, 400)
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
            stamp = midnight + _jitter(asset, midnight)
            if stamp <= now:
                price = Decimal(line["close"]) * tilt("defillama_coins", asset)
                points.append({"timestamp": stamp, "price": float(price)})
    return points


def _jitter(asset: str, midnight: int) -> int:
    digest = hashlib.sha256(f"{asset} {midnight}".encode()).digest()
    return digest[0] % (2 * WIDEST_JITTER + 1) - WIDEST_JITTER


WIRE = Wire("defillama_coins", respond, lambda url: {"DEFILLAMA_COINS_BASE_URL": url}, bundled=False)
