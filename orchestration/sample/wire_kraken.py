"""Kraken's `/0/public/OHLC`: the newest 720 bars and the running one, under Kraken's own name of the pair.

The figures are synthetic: Coinbase's bundled candles, a few basis points off (`synthetic.py`).
"""

from datetime import datetime, timedelta
from decimal import Decimal

from orchestration.sample.figures import instant
from orchestration.sample.synthetic import days
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found

DAY = timedelta(days=1)
MAX_BARS = 720
INTERVALS = frozenset({"1", "5", "15", "30", "60", "240", "1440", "10080", "21600"})
OWN_NAMES = {
    "XBTUSD": "XXBTZUSD",
    "ETHUSD": "XETHZUSD",
    "XRPUSD": "XXRPZUSD",
    "LTCUSD": "XLTCZUSD",
    "XDGUSD": "XDGUSD",
}


def respond(request: WireRequest) -> WireResponse:
    """Errors have status 200; `since` is exclusive and never reaches back before the newest 720 bars."""
    if request.path != "/0/public/OHLC":
        return json_response({"error": ["EGeneral:Unknown method"]}) if request.path.startswith("/0/") else not_found()
    if request.params.get("interval", "1") not in INTERVALS:
        return json_response({"error": ["EGeneral:Invalid arguments"]})
    pair, since = request.params.get("pair", ""), request.params.get("since", "0")
    bars = _bars(pair, request.now)
    if not bars:
        return json_response({"error": ["EQuery:Unknown asset pair"]})
    if request.params.get("interval") != "1440" or not since.isdecimal():
        bars = bars[-1:]
    newest = [bar for bar in bars[-MAX_BARS - 1 :] if int(str(bar[0])) > int(since if since.isdecimal() else 0)]
    committed = bars[-2][0] if len(bars) > 1 else 0
    return json_response({"error": [], "result": {OWN_NAMES.get(pair, pair): newest or bars[-1:], "last": committed}})


def _bars(pair: str, now: datetime) -> list[list[object]]:
    rows: list[list[object]] = []
    for line in days("kraken", pair):
        opens = instant(line["trade_date"])
        if opens < now:
            is_closed = opens + DAY <= now
            prices = [_text(line[name if is_closed else "open"]) for name in ("open", "high", "low", "close")]
            average = _text(str((Decimal(line["high"]) + Decimal(line["low"])) / 2)) if is_closed else "0.0"
            volume = f"{Decimal(line['volume']):.8f}" if is_closed else "0.00000000"
            trades = 1 + int(Decimal(line["volume"])) % 90_000 if is_closed else 0
            rows.append([int(opens.timestamp()), *prices, average, volume, trades])
    return rows


def _text(figure: str) -> str:
    """A price as Kraken writes it: a text without trailing zeros."""
    return f"{Decimal(figure).normalize():f}"


WIRE = Wire("kraken", respond, lambda url: {"KRAKEN_BASE_URL": url}, bundled=False)
