"""Coinbase Exchange's `/products/…/candles`: numbers, low and high first, newest first, at most 300 or an error."""

import re
from datetime import datetime, timedelta

from orchestration.sample.figures import figures, instant
from orchestration.sample.synthetic import Line, days
from orchestration.sample.wire import (
    Wire,
    WireRequest,
    WireResponse,
    as_number,
    json_response,
    not_found,
    parse_instant,
)

DAY = timedelta(days=1)
MAX_CANDLES = 300
NEWEST_CANDLES = 350
"""The candles without bounds: more than the limit of a request with bounds, as observed in 2026."""
GRANULARITIES = frozenset({60, 300, 900, 3600, 21600, 86400})


def respond(request: WireRequest) -> WireResponse:
    """Daily candles opened before `now`; the running one has only its opening price."""
    match = re.fullmatch(r"/products/([A-Z0-9]+-[A-Z]+)/candles", request.path)
    if match is None:
        return not_found()
    candles = _candles(_lines(match[1], request.is_full), request.now)
    if not candles:
        return json_response({"message": "NotFound"}, 404)
    granularity = request.params.get("granularity", "60")
    if not granularity.isdecimal() or int(granularity) not in GRANULARITIES:
        return json_response({"message": "Unsupported granularity"}, 400)
    span = timedelta(seconds=int(granularity))
    try:
        start = parse_instant(request.params.get("start"))
        end = parse_instant(request.params.get("end"))
    except ValueError:
        return json_response({"message": "Invalid start or end"}, 400)
    if start is None or end is None:
        return json_response(candles[:NEWEST_CANDLES] if span == DAY else [])
    if end < start:
        return json_response({"message": "start must be before end"}, 400)
    if (end - start) // span + 1 > MAX_CANDLES:
        refusal = "granularity too small for the requested time range. Count of aggregations requested exceeds 300"
        return json_response({"message": refusal}, 400)
    bounds = (start.timestamp(), end.timestamp())
    return json_response([row for row in candles if bounds[0] <= row[0] <= bounds[1]] if span == DAY else [])


def _lines(product_id: str, is_full: bool) -> tuple[Line, ...]:
    if is_full:
        return days("coinbase", product_id)
    return tuple(line for line in figures("coinbase_candles_1d") if line["product_id"] == product_id)


def _candles(lines: tuple[Line, ...], now: datetime) -> list[list[int | float]]:
    rows: list[list[int | float]] = []
    for line in lines:
        opens = instant(line["trade_date"])
        if opens < now:
            is_closed = opens + DAY <= now
            names = ("low", "high", "open", "close") if is_closed else ("open",) * 4
            volume = as_number(line["volume"]) if is_closed else 0
            rows.append([int(opens.timestamp()), *(as_number(line[name]) for name in names), volume])
    return rows[::-1]


WIRE = Wire("coinbase", respond, lambda url: {"COINBASE_BASE_URL": url})
