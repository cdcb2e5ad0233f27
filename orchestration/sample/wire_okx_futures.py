"""OKX's swaps: what a contract holds, liquidation orders of a day, statistics by UTC day and funding. Made up.

They share their address with the spot candles, whose wire sets it: `wire_okx.py` hands the paths on to here.
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
"""About what a contract is worth at the made-up venue; the real ones hold between 0.01 and 1,000 coins."""
KEPT_EVENTS = timedelta(hours=24)
KEPT_DAYS = timedelta(days=1440)
DAYS_SINCE = datetime(2024, 1, 1, tzinfo=UTC)
MOST = 100
STATISTICS = "/api/v5/rubik/stat/contracts"


def respond(request: WireRequest) -> WireResponse:
    """Texts, newest first, both ends exclusive; errors with a code and status 200."""
    if request.path == "/api/v5/public/instruments":
        return _enveloped([_instrument(name) for name in symbols("okx_futures").values()])
    if request.path == "/api/v5/public/liquidation-orders":
        return _liquidations(request)
    instrument = request.params.get("instId", "")
    asset = asset_of("okx_futures", instrument)
    if asset is None:
        return _enveloped([], "51001", "Instrument ID doesn't exist.")
    if request.path == "/api/v5/public/funding-rate-history":
        newer_than, older_than = request.params.get("before"), request.params.get("after")
        rows = [(at, _rate(instrument, at, str(hour.funding))) for at, hour in settlements("okx", asset, request.now)]
        return _page(rows, request, newer_than, older_than)
    names = {"open-interest-history", "long-short-account-ratio-contract"}
    name = request.path.removeprefix(f"{STATISTICS}/")
    if name not in names or request.params.get("period") != "1Dutc":
        return not_found()
    begin = request.params.get("begin")
    kept_from = max(DAYS_SINCE, request.now - KEPT_DAYS - DAY)
    if any(int(request.params.get(border, 9 * 10**14)) < epoch_ms(kept_from) - 1 for border in ("begin", "end")):
        return _enveloped([], "50030", "Illegal time range")
    kept = [(at, day) for at, day in _days(name, asset, request.now) if at >= kept_from]
    return _page(kept, request, begin, request.params.get("end"))


def _days(name: str, asset: str, now: datetime) -> list[tuple[datetime, object]]:
    """A day by its opening, with how it ended; the running one with how things stand."""
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
    """Two elements at most: the events of the family, and a mere reference to them."""
    family = request.params.get("uly") or request.params.get("instFamily")
    if not family:
        return json_response(
            {"code": "50015", "msg": "Either parameter uly or instFamily is required", "data": []}, 400
        )
    instrument = f"{family}-SWAP"
    asset = asset_of("okx_futures", instrument)
    if asset is None:
        return _enveloped([], "51001", "Instrument ID doesn't exist.")
    kept = list(events("okx", asset, request.now - KEPT_EVENTS, request.now))[::-1]
    older = [event for event in kept if epoch_ms(event.at) < int(request.params.get("after", 9 * 10**14))]
    details = [_event(event) for event in older[: min(int(request.params.get("limit", MOST)), MOST)]]
    if not details:
        return _enveloped([])
    element = {"instFamily": family, "instId": instrument, "instType": "SWAP", "uly": family, "totalLoss": "0"}
    return _enveloped([{**element, "details": details}, {"$ref": "$.data[0]"}])


def _event(event: Event) -> dict[str, str]:
    stamp, contracts = str(epoch_ms(event.at)), event.value_usd / CONTRACT_USD
    side = "sell" if event.side == "long" else "buy"
    order = {"bkPx": str(event.price), "posSide": event.side, "side": side, "sz": f"{contracts:.2f}"}
    return {"bkLoss": "0", "ccy": "", **order, "ts": stamp, "time": stamp}


def _instrument(name: str) -> dict[str, str]:
    """A contract that holds about 100 dollars of its coin at the last made-up price."""
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
    return _enveloped(chosen[::-1][: min(int(request.params.get("limit", MOST)), MOST)])


def _enveloped(data: list[object], code: str = "0", message: str = "") -> WireResponse:
    return json_response({"code": code, "msg": message, "data": data})


WIRE = Wire("okx_futures", respond, lambda url: {}, bundled=False)
