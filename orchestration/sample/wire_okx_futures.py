"""OKX's swaps: contract sizes, liquidation orders of one day, daily statistics and funding. Synthetic figures.

They share the URL of the spot candles, which `wire_okx.py` sets; it calls `respond` for these paths.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from orchestration.sample.synthetic_futures import (
    DAY,
    Event,
    asset_of,
    epoch_ms,
    events,
    hours,
    levels,
    settlements,
)
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found
from orchestration.sources.shared.registry import symbols

CONTRACT_USD = 100
"""The approximate value of a contract at the synthetic venue; real ones have between 0.01 and 1,000 coins."""
EVENT_RETENTION = timedelta(hours=24)
STATISTICS_RETENTION = timedelta(days=1440)
DAYS_SINCE = datetime(2024, 1, 1, tzinfo=UTC)
PAGE_SIZE = 100
STATISTICS = "/api/v5/rubik/stat/contracts"


def respond(request: WireRequest) -> WireResponse:
    """Texts, newest first, both ends exclusive; errors have status 200 and a code."""
    if request.path == "/api/v5/public/instruments":
        return _envelope([_instrument(name) for name in symbols("okx_futures").values()])
    if request.path == "/api/v5/public/liquidation-orders":
        return _liquidations(request)
    instrument = request.params.get("instId", "")
    asset = asset_of("okx_futures", instrument)
    if asset is None:
        return _envelope([], "51001", "Instrument ID doesn't exist.")
    if request.path == "/api/v5/public/funding-rate-history":
        newer_than, older_than = request.params.get("before"), request.params.get("after")
        rows = [(at, _rate(instrument, at, str(hour.funding))) for at, hour in settlements("okx", asset, request.now)]
        return _page(rows, request, newer_than, older_than)
    names = {"open-interest-history", "long-short-account-ratio-contract"}
    name = request.path.removeprefix(f"{STATISTICS}/")
    if name not in names or request.params.get("period") != "1Dutc":
        return not_found()
    begin = request.params.get("begin")
    kept_from = max(DAYS_SINCE, request.now - STATISTICS_RETENTION - DAY)
    if any(int(request.params.get(bound, 9 * 10**14)) < epoch_ms(kept_from) - 1 for bound in ("begin", "end")):
        return _envelope([], "50030", "Illegal time range")
    kept = [(at, day) for at, day in _days(name, asset, request.now) if at >= kept_from]
    return _page(kept, request, begin, request.params.get("end"))


def _days(name: str, asset: str, now: datetime) -> list[tuple[datetime, object]]:
    """Days by their opening, with the state at their end; the running day with the current state."""
    days: dict[datetime, list[str]] = {}
    for _, hour in levels("okx", asset, now):
        opens = hour.opens.replace(hour=0)
        usd, coins = hour.open_interest_usd, hour.open_interest_usd / hour.price
        figures = [f"{usd / CONTRACT_USD:.2f}", f"{coins:.4f}", str(usd)] if "open" in name else [str(hour.ratio)]
        days[opens] = [str(epoch_ms(opens)), *figures]
    return list(days.items())


def _rate(instrument: str, at: datetime, rate: str) -> dict[str, str]:
    paid = {"fundingRate": rate, "realizedRate": rate, "fundingTime": str(epoch_ms(at)), "method": "current_period"}
    return {"instType": "SWAP", "instId": instrument, **paid}


def _liquidations(request: WireRequest) -> WireResponse:
    """At most two elements: the events of the family, and a reference to them."""
    family = request.params.get("uly") or request.params.get("instFamily")
    if not family:
        return json_response(
            {"code": "50015", "msg": "Either parameter uly or instFamily is required", "data": []}, 400
        )
    instrument = f"{family}-SWAP"
    asset = asset_of("okx_futures", instrument)
    if asset is None:
        return _envelope([], "51001", "Instrument ID doesn't exist.")
    kept = list(events("okx", asset, request.now - EVENT_RETENTION, request.now))[::-1]
    older = [event for event in kept if epoch_ms(event.at) < int(request.params.get("after", 9 * 10**14))]
    details = [_event(event) for event in older[: min(int(request.params.get("limit", PAGE_SIZE)), PAGE_SIZE)]]
    if not details:
        return _envelope([])
    element = {"instFamily": family, "instId": instrument, "instType": "SWAP", "uly": family, "totalLoss": "0"}
    return _envelope([{**element, "details": details}, {"$ref": "$.data[0]"}])


def _event(event: Event) -> dict[str, str]:
    timestamp, contracts = str(epoch_ms(event.at)), event.value_usd / CONTRACT_USD
    side = "sell" if event.side == "long" else "buy"
    order = {"bkPx": str(event.price), "posSide": event.side, "side": side, "sz": f"{contracts:.2f}"}
    return {"bkLoss": "0", "ccy": "", **order, "ts": timestamp, "time": timestamp}


def _instrument(name: str) -> dict[str, str]:
    """A contract of about 100 dollars of its coin at the last synthetic price."""
    asset = asset_of("okx_futures", name) or ""
    known = hours("okx", asset)
    size = CONTRACT_USD / known[-1].price if known else 1
    return {
        "instType": "SWAP",
        "instId": name,
        "uly": name.removesuffix("-SWAP"),
        "ctVal": f"{size:.10f}",
        "ctMult": "1",
        "ctValCcy": asset,
        "ctType": "linear",
        "settleCcy": "USDT",
    }


def _page(
    rows: Sequence[tuple[datetime, object]], request: WireRequest, newer: str | None, older: str | None
) -> WireResponse:
    chosen = [row for at, row in rows if int(newer or 0) < epoch_ms(at) < int(older or 9 * 10**14)]
    return _envelope(chosen[::-1][: min(int(request.params.get("limit", PAGE_SIZE)), PAGE_SIZE)])


def _envelope(data: list[object], code: str = "0", message: str = "") -> WireResponse:
    return json_response({"code": code, "msg": message, "data": data})


WIRE = Wire("okx_futures", respond, lambda url: {}, bundled=False)
