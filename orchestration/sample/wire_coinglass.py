"""CoinGlass's aggregated liquidation history: errors with status 200, the running bar at the end, restated figures.

The sample's plan covers daily figures of Binance. They were restated twice: `now` decides which are served.
"""

from datetime import datetime, timedelta

from orchestration.sample.figures import figures, instant
from orchestration.sample.wire import Wire, WireRequest, WireResponse, as_number, json_response, not_found

KEY = "sample-coinglass-key"
DAY = timedelta(days=1)
MAX_BARS = 1000


def respond(request: WireRequest) -> WireResponse:
    """Days opened before `now`, oldest first; the running day has no liquidations yet."""
    if request.path != "/api/futures/liquidation/aggregated-history":
        return not_found()
    key = request.headers.get("cg-api-key")
    if not key:
        return _error("400", "API key missing.")
    if key != KEY:
        return _error("400", "Invalid API key provided")
    for name in ("exchange_list", "symbol", "interval"):
        if not request.params.get(name):
            return _error("400", f"Required String parameter '{name}' is not present")
    if request.params["exchange_list"] != "Binance" or request.params["interval"] != "1d":
        return _error("401", "Upgrade plan")
    start, end = request.params.get("start_time", "0"), request.params.get("end_time", "9" * 15)
    bars = [
        {
            "time": int(opens.timestamp() * 1000),
            "aggregated_long_liquidation_usd": long_usd,
            "aggregated_short_liquidation_usd": short_usd,
        }
        for opens, long_usd, short_usd in _days(request.params["symbol"], request.now)
        if int(start) <= opens.timestamp() * 1000 <= int(end)
    ]
    limit = min(int(request.params.get("limit", MAX_BARS)), MAX_BARS)
    return json_response({"code": "0", "msg": "success", "data": bars[:limit]})


def _error(code: str, message: str) -> WireResponse:
    return json_response({"code": code, "msg": message})


def _days(asset: str, now: datetime) -> list[tuple[datetime, int | float, int | float]]:
    """The days as published at `now`: the first publication, with the newest restatement of that time."""
    restated = [line for line in figures("binance_liquidations_revisions") if instant(line["observed_on"]) <= now]
    newest = max((line["observed_on"] for line in restated), default="")
    overlay = [line for line in restated if line["observed_on"] == newest]
    known = {
        instant(line["trade_date"]): (as_number(line["long_usd"]), as_number(line["short_usd"]))
        for line in (*figures("binance_liquidations_1d"), *overlay)
        if line["asset"] == asset
    }
    days = [(opens, *known[opens]) for opens in sorted(known) if opens + DAY <= now]
    if days and days[-1][0] + DAY < now <= days[-1][0] + 2 * DAY:
        days.append((days[-1][0] + DAY, 0, 0))
    return days


def _settings(url: str) -> dict[str, str]:
    return {"COINGLASS_BASE_URL": url, "COINGLASS_API_KEY": KEY, "COINGLASS_EXCHANGE_LISTS": "Binance"}


WIRE = Wire("coinglass", respond, _settings)
