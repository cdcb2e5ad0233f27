"""CoinMarketCap's historical global metrics: snapshots in `data.quotes`, a status in every body."""

from datetime import datetime

from orchestration.sample import (
    wire_coinmarketcap_liquidations,
    wire_coinmarketcap_public,
    wire_coinmarketcap_sentiment,
)
from orchestration.sample.figures import figures, instant
from orchestration.sample.wire import (
    Wire,
    WireRequest,
    WireResponse,
    as_number,
    json_response,
    not_found,
    parse_instant,
)

KEY = "sample-coinmarketcap-key"
ONE_A_DAY = frozenset({"daily", "1d", "24h"})
OTHER_INTERVALS = frozenset({"hourly", "5m", "10m", "15m", "30m", "45m", "1h", "2h", "3h", "4h", "6h", "12h"})
KEYED = {
    wire_coinmarketcap_liquidations.PATH: wire_coinmarketcap_liquidations.respond,
    wire_coinmarketcap_sentiment.PATH: wire_coinmarketcap_sentiment.respond,
}
"""Further paths of the full market that need the key."""


def respond(request: WireRequest) -> WireResponse:
    """Snapshots taken by `now`, oldest first; with `daily` the first of each UTC day."""
    if request.is_full and request.path == wire_coinmarketcap_public.PATH:
        return wire_coinmarketcap_public.respond(request)
    respond_with_key = KEYED.get(request.path) if request.is_full else None
    if request.path != "/v1/global-metrics/quotes/historical" and respond_with_key is None:
        return not_found()
    key = request.headers.get("x-cmc_pro_api_key")
    if not key:
        return _error(request.now, 401, 1002, "API key missing.")
    if key != KEY:
        return _error(request.now, 401, 1001, "This API Key is invalid.")
    if respond_with_key is not None:
        return respond_with_key(request)
    interval = request.params.get("interval", "1d")
    if interval not in ONE_A_DAY | OTHER_INTERVALS:
        return _error(request.now, 400, 400, f'"interval" does not allow {interval}')
    try:
        start = parse_instant(request.params.get("time_start"))
        end = parse_instant(request.params.get("time_end"))
        count = int(request.params.get("count", "10"))
    except ValueError:
        return _error(request.now, 400, 400, '"time_start", "time_end" or "count" is malformed')
    quotes = [_quote(line) for line in _chosen(interval, start, end, min(count, 10_000), request.now)]
    return json_response({"status": _status(request.now, 0, None, 1 + len(quotes) // 100), "data": {"quotes": quotes}})


def _chosen(
    interval: str, start: datetime | None, end: datetime | None, count: int, now: datetime
) -> list[dict[str, str]]:
    """All between both bounds; with fewer bounds `count` of them, from the start if there is one, else the newest."""
    last = min(end or now, now)
    lines = [dict(line) for line in figures("global_market_caps") if instant(line["as_of_at"]) <= last]
    if interval in ONE_A_DAY:
        lines = list({line["as_of_at"][:10]: line for line in reversed(lines)}.values())[::-1]
    chosen = [line for line in lines if start is None or instant(line["as_of_at"]) >= start]
    if start and end:
        return chosen
    return chosen[:count] if start else chosen[-count:]


def _quote(line: dict[str, str]) -> dict[str, object]:
    """The bundled figures; CoinMarketCap's other fields are left out."""
    timestamp = f"{instant(line['as_of_at']):%Y-%m-%dT%H:%M:%S}.000Z"
    dollars = {
        "total_market_cap": as_number(line["total_usd"]),
        "altcoin_market_cap": as_number(line["ex_btc_usd"]),
        "timestamp": timestamp,
    }
    return {"timestamp": timestamp, "btc_dominance": as_number(line["btc_dominance_pct"]), "quote": {"USD": dollars}}


def _status(now: datetime, code: int, message: str | None, credits: int) -> dict[str, object]:
    return {
        "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.000Z",
        "error_code": code,
        "error_message": message,
        "elapsed": 10,
        "credit_count": credits,
    }


def _error(now: datetime, http_status: int, code: int, message: str) -> WireResponse:
    return json_response({"status": _status(now, code, message, 0)}, http_status)


WIRE = Wire("coinmarketcap", respond, lambda url: {"COINMARKETCAP_BASE_URL": url, "COINMARKETCAP_API_KEY": KEY})
