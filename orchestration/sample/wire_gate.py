"""Gate's `/futures/usdt/contract_stats`: an array, seconds, an error beyond 180 days. Synthetic figures."""

from datetime import datetime, timedelta

from orchestration.sample.synthetic_futures import Hour, asset_of, closed_or_running
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found

RETENTION = timedelta(days=180)
MAX_ROWS = 2000


def respond(request: WireRequest) -> WireResponse:
    """Hours from `from` on, oldest first, the running one included."""
    if request.path != "/api/v4/futures/usdt/contract_stats":
        return not_found()
    asset = asset_of("gate", request.params.get("contract", ""))
    if asset is None:
        return _refusal("CONTRACT_NOT_FOUND", "contract not found")
    if request.params.get("interval") != "1h":
        return json_response([])
    start = int(request.params.get("from", 0))
    if start <= (request.now - RETENTION).timestamp():
        return _refusal("INVALID_PARAM_VALUE", "from time exceeds 180-day limit")
    limit = min(int(request.params.get("limit", 30)), MAX_ROWS)
    rows = [_row(hour) for hour in closed_or_running("gate", asset, request.now) if _seconds(hour.opens) >= start]
    return json_response(rows[:limit])


def _row(hour: Hour) -> dict[str, object]:
    return {
        "time": _seconds(hour.opens),
        "lsr_taker": 1.05,
        "lsr_account": float(hour.ratio),
        "long_liq_size": int(hour.long_usd / hour.price * 10_000),
        "long_liq_amount": float(hour.long_usd / hour.price),
        "long_liq_usd": float(hour.long_usd),
        "short_liq_size": int(hour.short_usd / hour.price * 10_000),
        "short_liq_amount": float(hour.short_usd / hour.price),
        "short_liq_usd": float(hour.short_usd),
        "open_interest": int(hour.open_interest_usd / hour.price * 10_000),
        "open_interest_usd": float(hour.open_interest_usd),
        "mark_price": str(hour.price),
        "last_funding_rate": str(hour.funding),
    }


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _refusal(label: str, message: str) -> WireResponse:
    return json_response({"label": label, "message": message}, 400)


WIRE = Wire("gate", respond, lambda url: {"GATE_BASE_URL": url}, bundled=False)
