"""Bitstamp's `/api/v2/ohlc/{pair}/`: objects of texts, oldest first, and a limit that overrides the window.

The figures are synthetic: Coinbase's bundled candles, a few basis points off (`synthetic.py`).
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal

from orchestration.sample.figures import instant
from orchestration.sample.synthetic import days
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found

DAY = timedelta(days=1)
MAX_BARS = 1000
STEPS = frozenset({"60", "180", "300", "900", "1800", "3600", "7200", "14400", "21600", "43200", "86400", "259200"})


def respond(request: WireRequest) -> WireResponse:
    """`limit` bars from `start` on, or else up to `end`; the running one is included."""
    match = re.fullmatch(r"/api/v2/ohlc/([a-z]+)/", request.path)
    bars = _bars(match[1], request.now) if match else []
    if match is None or not bars:
        return not_found()
    step, limit = request.params.get("step", ""), request.params.get("limit", "")
    if step not in STEPS or not limit.isdecimal() or not 1 <= int(limit) <= MAX_BARS:
        problem = {"step": ["Not a valid choice"]} if step not in STEPS else {"limit": ["Not a valid choice"]}
        return json_response({"code": "API0000", "errors": [problem]}, 400)
    chosen = bars if step == "86400" else []
    if "start" in request.params:
        chosen = [bar for bar in chosen if int(bar["timestamp"]) >= int(request.params["start"])][: int(limit)]
    else:
        end = int(request.params.get("end", "9" * 11))
        chosen = [bar for bar in chosen if int(bar["timestamp"]) <= end][-int(limit) :]
    pair = f"{match[1][:-3]}/{match[1][-3:]}".upper()
    return json_response({"data": {"pair": pair, "ohlc": chosen}})


def _bars(pair: str, now: datetime) -> list[dict[str, str]]:
    bars = []
    for line in days("bitstamp", pair):
        opens = instant(line["trade_date"])
        if opens < now:
            is_closed = opens + DAY <= now
            names = {name: name if is_closed else "open" for name in ("open", "high", "low", "close")}
            prices = {name: f"{Decimal(line[column]).normalize():f}" for name, column in names.items()}
            volume = f"{Decimal(line['volume']):.8f}" if is_closed else "0"
            bars.append({"timestamp": str(int(opens.timestamp())), **prices, "volume": volume})
    return bars


WIRE = Wire("bitstamp", respond, lambda url: {"BITSTAMP_BASE_URL": url}, bundled=False)
