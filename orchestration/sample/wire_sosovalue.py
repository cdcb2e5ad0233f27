"""SoSoValue's ETF endpoints, for the full market: the bundled flows with synthetic deviations, newest first."""

import hashlib
import json
from datetime import datetime

from orchestration.sample.figures import figures
from orchestration.sample.wire import Wire, WireRequest, WireResponse, json_response
from orchestration.sample.wire_defillama import has_reported

KEY = "sample-sosovalue-key"
MAX_SESSIONS = 300
MAX_GAP_USD = 400_000


def respond(request: WireRequest) -> WireResponse:
    """The totals of both endpoints, and one fund's flows; errors have a code and a matching status."""
    if request.headers.get("x-soso-api-key") != KEY:
        return json_response({"code": 400101, "message": "Invalid API key", "details": {}}, 401)
    parts = request.path.strip("/").split("/")
    if request.path == "/openapi/v1/etfs/summary-history":
        days = _totals(request.params.get("symbol", ""), request.now)
        return _envelope([{"date": day, "total_net_inflow": flow} for day, flow in days])
    if request.path == "/openapi/v2/etf/historicalInflowChart":
        kind = json.loads(request.body or b"{}").get("type", "")
        days = _totals(kind.removeprefix("us-").removesuffix("-spot").upper(), request.now)
        return _envelope([{"date": day, "totalNetInflow": flow} for day, flow in days])
    if parts[:3] == ["openapi", "v1", "etfs"] and parts[-1] == "history":
        days = _fund(parts[3], request.now)
        return _envelope([{"date": day, "net_inflow": flow} for day, flow in days]) if days else _unknown()
    return _unknown()


def _unknown() -> WireResponse:
    return json_response({"code": 400401, "message": "Not found", "details": {}}, 404)


def _envelope(records: list[dict[str, object]]) -> WireResponse:
    return json_response({"code": 0, "message": "success", "data": records})


def _totals(asset: str, now: datetime) -> list[tuple[str, int]]:
    lines = [
        (line["trade_date"], _deviating(line["net_flow_usd"], asset + line["trade_date"]))
        for line in figures("etf_total_flows")
        if line["asset"] == asset and has_reported(line["trade_date"], now)
    ]
    return sorted(lines, reverse=True)[:MAX_SESSIONS]


def _fund(ticker: str, now: datetime) -> list[tuple[str, int]]:
    lines = [
        (line["trade_date"], round(float(line["net_flow_musd"]) * 1_000_000))
        for line in figures("etf_fund_flows")
        if line["fund_ticker"] == ticker and has_reported(line["trade_date"], now)
    ]
    return sorted(lines, reverse=True)


def _deviating(flow: str, seed: str) -> int:
    """A flow with a constant deviation of up to `MAX_GAP_USD`."""
    digest = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4])
    return round(float(flow)) + digest % (2 * MAX_GAP_USD) - MAX_GAP_USD


WIRE = Wire("sosovalue", respond, lambda url: {"SOSOVALUE_BASE_URL": url, "SOSOVALUE_API_KEY": KEY}, bundled=False)
