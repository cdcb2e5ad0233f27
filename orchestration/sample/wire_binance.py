"""Binance's `/api/v3/klines`: arrays of 12, oldest first, at most 1,000, the running bar included."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from orchestration.sample.figures import figures, instant
from orchestration.sample.synthetic import Line, binance_hours, days
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found

INTERVALS = {"1d": timedelta(days=1), "1h": timedelta(hours=1)}
"""The intervals with bundled figures."""
OTHER_INTERVALS = frozenset({"1s", "1m", "3m", "5m", "15m", "30m", "2h", "4h", "6h", "8h", "12h", "3d", "1w", "1M"})
MAX_BARS = 1000
VOLUMES = ("volume", "quote_volume", "trade_count", "taker_buy_volume", "taker_buy_quote_volume")


def respond(request: WireRequest) -> WireResponse:
    """Bars opened before `now`; an unfinished one has the trades up to `now`."""
    if request.path == "/api/v3/ping":
        return json_response({})
    if request.path != "/api/v3/klines":
        return not_found()
    for name in ("symbol", "interval"):
        if not request.params.get(name):
            return _error(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
    for name in ("startTime", "endTime", "limit"):
        if not re.fullmatch(r"[0-9]{1,20}", request.params.get(name, "0")):
            return _error(-1100, f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'.")
    symbol, interval = request.params["symbol"], request.params["interval"]
    if interval not in INTERVALS and interval not in OTHER_INTERVALS:
        return _error(-1120, "Invalid interval.")
    lines = {"1d": _lines(symbol, "1d", request.is_full), "1h": _lines(symbol, "1h", request.is_full)}
    if not lines["1d"]:
        return _error(-1121, "Invalid symbol.")
    bars = list(bars_until(lines, interval, request.now)) if interval in INTERVALS else []
    return json_response(selected(bars, request, MAX_BARS), headers={"X-MBX-USED-WEIGHT-1M": "2"})


def _error(code: int, message: str) -> WireResponse:
    return json_response({"code": code, "msg": message}, 400)


def selected(bars: list[list[object]], request: WireRequest, most: int) -> list[list[object]]:
    """The oldest bars from the start; without a start the newest bars, up to the end if there is one."""
    start, end = request.params.get("startTime"), request.params.get("endTime")
    limit = min(int(request.params.get("limit", "500")) or 500, most)
    first, last = int(start or 0), int(end or 10**20)
    chosen = [bar for bar in bars if first <= int(str(bar[0])) <= last]
    return chosen[:limit] if start else chosen[-limit:]


def _lines(symbol: str, interval: str, is_full: bool) -> tuple[Line, ...]:
    if is_full:
        return days("binance", symbol) if interval == "1d" else binance_hours(symbol)
    return tuple(line for line in figures(f"binance_klines_{interval}") if line["symbol"] == symbol)


def bars_until(lines: Mapping[str, tuple[Line, ...]], interval: str, now: datetime) -> Iterator[list[object]]:
    """The bars opened before `now` as arrays of 12, oldest first, with the trades up to `now`."""
    span = INTERVALS[interval]
    for line in lines[interval]:
        opens = instant(line["trade_date"] if interval == "1d" else line["open_at"])
        if opens < now:
            is_closed = opens + span <= now
            yield _bar(opens, span, dict(line) if is_closed else _running(lines["1h"], opens, span, line["open"], now))


def _running(hourly: tuple[Line, ...], opens: datetime, span: timedelta, first: str, now: datetime) -> dict[str, str]:
    """An unfinished bar: its closed hours where the sample has hours, otherwise only the opening price."""
    hours = [
        line
        for line in hourly
        if opens <= instant(line["open_at"]) < opens + span and instant(line["open_at"]) + timedelta(hours=1) <= now
    ]
    return {
        "open": first,
        "high": str(max((Decimal(line["high"]) for line in hours), default=first)),
        "low": str(min((Decimal(line["low"]) for line in hours), default=first)),
        "close": hours[-1]["close"] if hours else first,
        **{name: str(sum(Decimal(line[name]) for line in hours)) for name in VOLUMES},
    }


def _bar(opens: datetime, span: timedelta, line: dict[str, str]) -> list[object]:
    def text(name: str) -> str:
        return f"{Decimal(line[name]):.8f}"

    return [
        int(opens.timestamp() * 1000),
        *(text(name) for name in ("open", "high", "low", "close", "volume")),
        int((opens + span).timestamp() * 1000) - 1,
        text("quote_volume"),
        int(line["trade_count"]),
        text("taker_buy_volume"),
        text("taker_buy_quote_volume"),
        "0",
    ]


WIRE = Wire("binance", respond, lambda url: {"BINANCE_BASE_URL": url})
