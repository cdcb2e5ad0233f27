"""alternative.me's `/fng/`: the index as text, newest first, with the running day's entry on top.

The figures are synthetic (`synthetic_series.py`).
"""

from orchestration.sample.figures import instant
from orchestration.sample.synthetic_series import days_until, smoothed
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found

CLASSES = ((25, "Extreme Fear"), (46, "Fear"), (54, "Neutral"), (75, "Greed"), (100, "Extreme Greed"))
"""The highest value of each class."""


def respond(request: WireRequest) -> WireResponse:
    """The newest `limit` days, all for 0; the default is one."""
    if request.path != "/fng/":
        return not_found()
    entries: list[dict[str, object]] = []
    for day in days_until(request.now):
        value = max(1, min(99, 50 + int(80 * smoothed("fear and greed", day))))
        name = next(name for highest, name in CLASSES if value <= highest)
        seconds = int(instant(day.isoformat()).timestamp())
        entries.insert(0, {"value": str(value), "value_classification": name, "timestamp": str(seconds)})
    entries[0]["time_until_update"] = "64800"
    limit = int(request.params.get("limit", "1")) or len(entries)
    return json_response({"name": "Fear and Greed Index", "data": entries[:limit], "metadata": {"error": None}})


WIRE = Wire("alternative", respond, lambda url: {"ALTERNATIVE_BASE_URL": url}, bundled=False)
