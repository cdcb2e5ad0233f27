"""OKX's `/api/v5/market/candles` and `history-candles`: rows of nine texts, newest first.

The figures are synthetic: Binance's bundled klines, a few basis points off (`synthetic.py`).
"""

from datetime import datetime, timedelta
from decimal import Decimal

from orchestration.sample import wire_okx_futures
from orchestration.sample.figures import instant
from orchestration.sample.synthetic import days
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response

DAY = timedelta(days=1)
NEWEST_BARS = 1440
MAX_BARS = {"/api/v5/market/candles": 300, "/api/v5/market/history-candles": 300}
BARS = frozenset({"1m", "3m", "5m", "15m", "30m", "1H", "2H", "4H", "6H", "12H", "1D", "6Hutc", "12Hutc", "1Dutc"})


def respond(request: WireRequest) -> WireResponse:
    """`after` and `before` are exclusive; `before` alone returns the newest page; an unknown path is a 404."""
    if request.path not in MAX_BARS and request.path.startswith(("/api/v5/public/", "/api/v5/rubik/")):
        return wire_okx_futures.respond(request)
    if request.path not in MAX_BARS:
        return json_response({"code": 404, "msg": "Not Found", "data": {}}, 404)
    candles = _candles(request.params.get("instId", ""), request.now)
    if not candles:
        return _error("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")
    if request.params.get("bar", "1m") not in BARS:
        return _error("51000", "Parameter bar error")
    after, before = request.params.get("after"), request.params.get("before")
    limit = min(int(request.params.get("limit", "100")), MAX_BARS[request.path])
    if request.params.get("bar") != "1Dutc":
        candles = []
    if request.path.endswith("/candles"):
        candles = candles[:NEWEST_BARS]
    chosen = [row for row in candles if int(row[0]) < int(after or "9" * 15) and int(row[0]) > int(before or 0)]
    return json_response({"code": "0", "msg": "", "data": chosen[:limit]})


def _error(code: str, message: str) -> WireResponse:
    return json_response({"code": code, "msg": message, "data": []})


def _candles(instrument: str, now: datetime) -> list[list[str]]:
    rows = []
    for line in days("okx", instrument):
        opens = instant(line["trade_date"])
        if opens < now:
            is_closed = opens + DAY <= now
            names = ("open", "high", "low", "close") if is_closed else ("open",) * 4
            volume = _text(line["volume"]) if is_closed else "0"
            value = _text(line["quote_volume"]) if is_closed else "0"
            timestamp = str(int(opens.timestamp() * 1000))
            rows.append([timestamp, *(_text(line[name]) for name in names), volume, value, value, str(int(is_closed))])
    return rows[::-1]


def _text(figure: str) -> str:
    return f"{Decimal(figure).normalize():f}"


WIRE = Wire("okx", respond, lambda url: {"OKX_BASE_URL": url}, bundled=False)
