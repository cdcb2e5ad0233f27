"""HTX's liquidation orders: windows of two hours, 90 days back, ids, turnover in dollars. Synthetic figures."""

from datetime import UTC, datetime, timedelta

from orchestration.sample.synthetic_futures import Event, asset_of, epoch_ms, events
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response, not_found

RETENTION = timedelta(days=90)
MAX_SPAN = timedelta(hours=2)
PAGE_SIZE = 100
CONTRACT_USD = 100
"""The approximate value of a contract at the synthetic venue."""


def respond(request: WireRequest) -> WireResponse:
    """Events between both ends, newest first; errors have status 200 and a code."""
    if request.path != "/v5/market/liquidation_orders":
        return not_found()
    contract = request.params.get("contract_code", "")
    asset = asset_of("htx", contract)
    if asset is None:
        return json_response({"code": 1332, "message": "This contract doesn't exist."})
    start, end = (_instant(request.params[name]) for name in ("start_time", "end_time"))
    if end - start > MAX_SPAN or start < request.now - RETENTION:
        return json_response({"code": 1067, "message": "The query range is invalid."})
    # The same synthetic venue as Coinalyze's Huobi, the former name of HTX.
    found = list(events("huobi", asset, start, min(end + timedelta(milliseconds=1), request.now)))[::-1]
    data = [_order(contract, event) for event in found[: min(int(request.params.get("limit", PAGE_SIZE)), PAGE_SIZE)]]
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
