"""Deribit's `get_volatility_index_data`: bars in an envelope, at most 1,000 per page, the running day included.

The figures are synthetic (`synthetic_series.py`).
"""

from datetime import UTC, datetime
from typing import Any

from orchestration.sample.figures import instant
from orchestration.sample.synthetic_series import days_until, level, noise
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found

PATH = "/api/v2/public/get_volatility_index_data"
LEVELS = {"BTC": "48", "ETH": "66"}
MAX_BARS = 1_000


def respond(request: WireRequest) -> WireResponse:
    """The newest bars of the window, oldest first; `continuation` where older ones did not fit."""
    if request.path != PATH:
        return not_found()
    currency = request.params.get("currency", "")
    if currency not in LEVELS or request.params.get("resolution") != "1D":
        error = {"message": "Invalid params", "code": -32602}
        return json_response({"jsonrpc": "2.0", "error": error, "testnet": False}, 400)
    first, last = (int(request.params[name]) for name in ("start_timestamp", "end_timestamp"))
    bars = [bar for bar in _bars(currency, request.now) if first <= bar[0] <= last]
    page = bars[-MAX_BARS:]
    continuation = page[0][0] - 1 if len(bars) > len(page) else None
    return json_response({"jsonrpc": "2.0", "result": {"data": page, "continuation": continuation}, "testnet": False})


def _bars(currency: str, now: datetime) -> list[list[Any]]:
    bars: list[list[Any]] = []
    for day in days_until(now.astimezone(UTC)):
        opens, closes = (level(f"dvol {currency} {end}", day, LEVELS[currency], spread="0.1") for end in ("o", "c"))
        high = max(opens, closes) * (1 + abs(noise(f"{currency} h", day)) / 50)
        low = min(opens, closes) * (1 - abs(noise(f"{currency} l", day)) / 50)
        milliseconds = int(instant(day.isoformat()).timestamp()) * 1000
        bars.append([milliseconds, *(float(round(price, 2)) for price in (opens, high, low, closes))])
    return bars


WIRE = Wire("deribit", respond, lambda url: {"DERIBIT_BASE_URL": url}, bundled=False)
