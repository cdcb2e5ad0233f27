"""HTX's liquidation orders: windows of two hours, 90 days back, ids, turnover in dollars. Figures made up."""

from datetime import UTC, datetime, timedelta

from orchestration.sample.synthetic_futures import Event, asset_of, epoch_ms, events
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found

KEPT = timedelta(days=90)
LONGEST = timedelta(hours=2)
MOST = 100
CONTRACT_USD = 100
"""About what a contract is worth at the made-up venue."""


def respond(request: WireRequest) -> WireResponse:
    """Events within both ends, newest first; errors with a code and status 200."""
    if request.path != "/v5/market/liquidation_orders":
        return not_found()
    contract = request.params.get("contract_code", "")
    asset = asset_of("htx", contract)
    if asset is None:
        return json_response({"code": 1332, "message": "This contract doesn't exist."})
    start, end = (_instant(request.params[name]) for name in ("start_time", "end_time"))
    if end - start > LONGEST or start < request.now - KEPT:
        return json_response({"code": 1067, "message": "The query range is invalid."})
    # The same made-up venue as Coinalyze's Huobi, which is the name that HTX had.
    found = list(events("huobi", asset, start, min(end + timedelta(milliseconds=1), request.now)))[::-1]
    data = [_order(contract, event) for event in found[: min(int(request.params.get("limit", MOST)), MOST)]]
    return json_response({"code": 200, "message": "Success", "data": data, "ts": epoch_ms(request.now)})


def _instant(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(milliseconds))


def _order(contract: str, event: Event) -> dict[str, str]:
    count = f"{event.value_usd / CONTRACT_USD:.2f}"
    coin = sum(contract.encode())
    return {
        "id": f"{coin}{event.number:07}",
        "contract_code": contract,
        "liquidation_time": str(epoch_ms(event.at)),
        "side": "sell" if event.side == "long" else "buy",
        "position_side": event.side,
        "volume": count,
        "amount": count,
        "bankrupt_price": str(event.price),
        "trade_turnover": f"{event.value_usd:.4f}",
    }


WIRE = Wire("htx", respond, lambda url: {"HTX_BASE_URL": url}, bundled=False)
