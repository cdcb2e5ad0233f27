"""CoinMarketCap's `/v3/fear-and-greed/historical`: the index newest first, 500 a page. Synthetic.

It shares URL and key of the keyed API, which `wire_coinmarketcap.py` sets and checks; it calls `respond` for this path.
"""

from orchestration.sample.figures import instant
from orchestration.sample.synthetic_series import days_until, smoothed
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found
from orchestration.sample.wire_alternative import CLASSES

PATH = "/v3/fear-and-greed/historical"
MAX_DAYS = 500


def respond(request: WireRequest) -> WireResponse:
    """The days from `start`, counted back from the running one; the default is a page of 50."""
    if request.path != PATH:
        return not_found()
    days: list[dict[str, object]] = []
    for day in days_until(request.now):
        value = max(1, min(99, 48 + int(70 * smoothed("fear and greed", day) + 5 * smoothed("another method", day))))
        name = next(name for highest, name in CLASSES if value <= highest)
        seconds = str(int(instant(day.isoformat()).timestamp()))
        days.insert(0, {"timestamp": seconds, "value": value, "value_classification": name})
    first, limit = int(request.params.get("start", "1")) - 1, int(request.params.get("limit", "50"))
    status = {"timestamp": f"{request.now:%Y-%m-%dT%H:%M:%S}.000Z", "error_code": "0", "error_message": ""}
    return json_response({"data": days[first : first + min(limit, MAX_DAYS)], "status": status})


WIRE = Wire("coinmarketcap_sentiment", respond, lambda url: {}, bundled=False)
