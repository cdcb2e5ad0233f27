"""Bitfinex's liquidations: nested arrays, a trigger and an execution each, all markets in one list. Synthetic."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orchestration.sample.synthetic_futures import Event, epoch_ms, events
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found
from orchestration.sources.shared.registry import symbols

PAGE_SIZE = 500
SHARE = Decimal("0.01")
"""The share of the synthetic venue's liquidations, because Bitfinex is small."""
BASE = Decimal("1.02")


def respond(request: WireRequest) -> WireResponse:
    """Rows from `start` to `end`, both included, in the order of `sort`."""
    if request.path != "/v2/liquidations/hist":
        return not_found()
    start, end = int(request.params.get("start", 0)), int(request.params.get("end", epoch_ms(request.now)))
    first, last = (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=timestamp) for timestamp in (start, end + 1))
    rows = [
        (event.at, row)
        for place, (asset, symbol) in enumerate(sorted(symbols("bitfinex").items()))
        for event in events("bitfinex", asset, first, min(last, request.now))
        for row in _rows(place, symbol, event)
    ]
    rows.sort(key=lambda dated: dated[0], reverse=request.params.get("sort", "-1") == "-1")
    limit = min(int(request.params.get("limit", PAGE_SIZE)), PAGE_SIZE)
    return json_response([[row] for _, row in rows[:limit]])


def _rows(place: int, symbol: str, event: Event) -> list[list[object]]:
    sign = 1 if event.side == "long" else -1
    amount = float(round(sign * event.value_usd * SHARE / event.price, 8))
    if not amount:
        return []
    head = ["pos", 100_000_000 * (place + 1) + event.number, epoch_ms(event.at), None, symbol, amount]
    base = float(event.price * (BASE if sign == 1 else 2 - BASE))
    sold = int(sign == 1)
    # The trigger comes first; both rows have the instant of the position.
    return [
        [*head, base, None, 0, sold, None, None],
        [*head, base, None, 1, sold, None, float(event.price)],
    ]


WIRE = Wire("bitfinex", respond, lambda url: {"BITFINEX_BASE_URL": url}, bundled=False)
